import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { INSTALLED } from "../../scripts/packed.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The package as its users have it: the packed tarball, unpacked. */
export const PACKAGE = join(INSTALLED, "node_modules/background-session");

/** A file beside the installed package. What it imports is found as in an app; Vite needs a file that is there. */
const APP = join(INSTALLED, "package.json");

/** Calls `use` with a new folder for an app, which finds the package as if it had been installed for it. */
export async function withAppFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(INSTALLED, "app-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same, with a copy of an app of tests/support. */
export function withAppCopy<Result>(name: string, use: (folder: string) => Promise<Result>): Promise<Result> {
  return withAppFolder(async (folder) => {
    await cp(`${ROOT}tests/support/${name}`, folder, { recursive: true });
    return use(folder);
  });
}

/** Imports an entry of the installed package into Node. */
export function importInstalled<Entry>(entry: string): Promise<Entry> {
  return import(createRequire(APP).resolve(entry));
}

/** Has apps of this repository take the package from where it is installed, also if they import its sources. */
export async function fromInstalledPackage(): Promise<Plugin> {
  const built = await builtFiles();
  return {
    name: "installed-package",
    enforce: "pre",
    resolveId(source, importer = "", options) {
      const file = source.startsWith(".") ? built.get(resolve(importer, "..", source)) : undefined;
      if (file === undefined && !/^background-session(\/|$)/.test(source)) return null;
      return this.resolve(file ?? source, APP, { ...options, skipSelf: true });
    },
  };
}

/** The built file of each entry, by the path of its source. */
async function builtFiles(): Promise<ReadonlyMap<string, string>> {
  const { exports } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
  const entries = Object.values(exports as Record<string, string | { types: string; default: string }>);
  const files = entries.flatMap((entry) => {
    if (typeof entry === "string") return [];
    const source = entry.types.replace("./dist/types/", "src/").replace(/\.d\.ts$/, ".ts");
    return [[join(ROOT, source), join(PACKAGE, entry.default)] as const];
  });
  // The script without imports has the types of the first entry, and comes after it.
  return new Map(files.reverse());
}
