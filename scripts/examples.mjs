// The apps in examples/, as somebody builds them who has installed the package.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, cp, readdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { emptyForApps, unpack } from "./packed.mjs";
import { ROOT } from "./run.mjs";

const execute = promisify(execFile);
/** Inside of the repository, so that tools and dependencies other than the package are those of the repository. */
const DIRECTORY = join(ROOT, ".cache", "examples");
const MODULES = join(DIRECTORY, "node_modules");
const ENVIRONMENT = { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" };
const QUIETLY = ["--no-audit", "--no-fund", "--no-package-lock"];

/** The names of the apps that can be installed by themselves. */
export async function exampleNames() {
  const names = await readdir(join(ROOT, "examples"));
  return names.filter((name) => existsSync(join(ROOT, "examples", name, "package.json")));
}

/** Copies the apps, and installs the package from its tarball beside them. */
export async function prepareExamples(tarball) {
  await emptyForApps(DIRECTORY);
  await cp(join(ROOT, "examples"), DIRECTORY, { recursive: true });
  await copyFile(tarball, join(DIRECTORY, basename(tarball)));
  await unpack(tarball, MODULES);
  await cp(join(ROOT, "node_modules", "idb"), join(MODULES, "idb"), { recursive: true });
}

/** Where a copy of an app is, beside the installed package. */
export function exampleDirectory(name) {
  return join(DIRECTORY, name);
}

async function tarball() {
  const name = (await readdir(DIRECTORY)).find((it) => it.endsWith(".tgz"));
  return join(DIRECTORY, name);
}

async function manifestOf(name) {
  return JSON.parse(await readFile(join(DIRECTORY, name, "package.json"), "utf8"));
}

/** Whether an app has dependencies that this repository does not have: they are installed beside the copy. */
async function needsInstall(name) {
  const { dependencies } = await manifestOf(name);
  const own = Object.keys(dependencies).filter((name) => name !== "background-session");
  return own.some((name) => !existsSync(join(ROOT, "node_modules", name)));
}

/** Builds an app by its own script. @returns the directories to serve; the first one that has a file serves it */
export async function buildExample(name) {
  const directory = exampleDirectory(name);
  if (!existsSync(directory)) throw new Error(`There is no example "${name}".`);
  const options = { cwd: directory, env: { ...process.env, ...ENVIRONMENT } };
  if (await needsInstall(name)) await execute("npm", ["install", ...QUIETLY, await tarball()], options);
  await execute("npm", ["run", "--if-present", "build"], options);
  const output = join(directory, "dist");
  return existsSync(output) ? [output] : [directory, DIRECTORY];
}

/** Starts the server of an app that has one. @returns its origin, and how it ends; undefined if the app is only files */
export async function startOwnServer(name) {
  const { scripts = {} } = await manifestOf(name);
  if (scripts.start === undefined) return undefined;
  const origin = `http://localhost:${await freePort()}`;
  const env = { ...process.env, ...ENVIRONMENT, PORT: new URL(origin).port };
  const stdio = ["ignore", "ignore", "inherit"];
  // A group of its own, since npm does not pass on that it is to end.
  const child = spawn("npm", ["start"], { cwd: exampleDirectory(name), env, stdio, detached: true });
  child.unref();
  const end = () => process.kill(-child.pid);
  let isUp = false;
  while (!isUp && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    isUp = await fetch(origin).then(
      () => true,
      () => false,
    );
  }
  if (!isUp) throw new Error(`The server of ${name} does not start.`);
  return { origin, end };
}

async function freePort() {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
