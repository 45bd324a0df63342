// The package as somebody gets it who installs it.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { leaveOutInternalTypes } from "./public-types.mjs";
import { ROOT } from "./run.mjs";

const execute = promisify(execFile);

/** The folder beside whose `node_modules` the browser tests lay their apps: all take the package from there. */
export const INSTALLED = join(ROOT, ".cache", "installed");

/** Packs what was built, and installs it for the browser tests. Needs a build in dist/. @returns the path of the tarball */
export async function installPackage() {
  await emptyForApps(INSTALLED);
  return packInto(INSTALLED);
}

/** Empties a directory of this repository for apps: they are not part of its package, and do not import it from dist/. */
export async function emptyForApps(directory) {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), '{ "private": true, "type": "module" }');
}

/** Packs what was built, installs it into a new directory, and calls `use` with that directory and the tarball. */
export async function withInstalledPackage(use) {
  const directory = await mkdtemp(join(tmpdir(), "installed-package-"));
  try {
    return await use(directory, await packInto(directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Packs what was built into a directory, and installs it there. @returns the path of the tarball */
async function packInto(directory) {
  await leaveOutInternalTypes();
  const options = ["pack", "--ignore-scripts", "--json", "--pack-destination", directory];
  const { stdout } = await execute("npm", options, { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout);
  const tarball = join(directory, filename);
  await install(tarball, directory);
  return tarball;
}

/** Lays the tarball out as npm does. */
export async function unpack(tarball, modules) {
  const target = join(modules, "background-session");
  await mkdir(target, { recursive: true });
  await execute("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
}

/** Installs the tarball with the dependencies and the frameworks of this checkout. */
async function install(tarball, directory) {
  const modules = join(directory, "node_modules");
  await unpack(tarball, modules);
  await mkdir(join(modules, "@uppy"));
  for (const name of ["idb", "react", "vue", "@uppy/core"])
    await symlink(join(ROOT, "node_modules", name), join(modules, name), "dir");
}
