// The apps in examples/, as somebody builds them who has installed the package.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { pack, unpack } from "./packed.mjs";
import { ROOT } from "./run.mjs";

const execute = promisify(execFile);
/** Inside of the repository, so that tools and dependencies other than the package are those of the repository. */
const DIRECTORY = join(ROOT, ".cache", "examples");
const MODULES = join(DIRECTORY, "node_modules");

/** The names of the apps that can be installed by themselves. */
export async function exampleNames() {
  const names = await readdir(join(ROOT, "examples"));
  return names.filter((name) => existsSync(join(ROOT, "examples", name, "package.json")));
}

/** Copies the apps, and installs the package from its tarball beside them. Needs a build in dist/. */
export async function prepareExamples() {
  await rm(DIRECTORY, { recursive: true, force: true });
  await mkdir(DIRECTORY, { recursive: true });
  await cp(join(ROOT, "examples"), DIRECTORY, { recursive: true });
  await unpack(await pack(DIRECTORY), MODULES);
  await cp(join(ROOT, "node_modules", "idb"), join(MODULES, "idb"), { recursive: true });
}

/** Where a copy of an app is, beside the installed package. */
export function exampleDirectory(name) {
  return join(DIRECTORY, name);
}

/** Builds an app by its own script. @returns the directories to serve; the first one that has a file serves it */
export async function buildExample(name) {
  const directory = exampleDirectory(name);
  if (!existsSync(directory)) throw new Error(`There is no example "${name}".`);
  const options = { cwd: directory, env: { ...process.env, NODE_ENV: "production" } };
  await execute("npm", ["run", "--if-present", "build"], options);
  const output = join(directory, "dist");
  return existsSync(output) ? [output] : [directory, DIRECTORY];
}
