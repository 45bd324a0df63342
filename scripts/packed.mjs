// The package as somebody gets it who installs it.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { leaveOutInternalTypes } from "./public-types.mjs";
import { ROOT } from "./run.mjs";

const execute = promisify(execFile);

/** Packs what was built, installs it into a new directory, and calls `use` with that directory and the tarball. */
export async function withInstalledPackage(use) {
  const directory = await mkdtemp(join(tmpdir(), "installed-package-"));
  try {
    const tarball = await pack(directory);
    await install(tarball, directory);
    return await use(directory, tarball);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Packs what was built into a directory. @returns the path of the tarball */
export async function pack(directory) {
  await leaveOutInternalTypes();
  const options = ["pack", "--ignore-scripts", "--json", "--pack-destination", directory];
  const { stdout } = await execute("npm", options, { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout);
  return join(directory, filename);
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
