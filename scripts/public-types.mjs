// Leaves out of the package the declarations that no entry leads to: three quarters of them. npm reads the list, which
// stands beside them. Called before the package is packed.
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { ROOT } from "./run.mjs";

const TYPES = join(ROOT, "dist/types");
const IMPORT = /(?:from|import)\s*\(?\s*"(\.[^"]+)\.tsx?"/g;

/** Lists the declarations that are not public in dist/types/.npmignore. */
export async function leaveOutInternalTypes() {
  const { exports } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const entries = Object.values(exports).flatMap(({ types }) =>
    types === undefined ? [] : [join(ROOT, types)],
  );
  const reached = await reachedFrom(entries);
  const all = (await readdir(TYPES, { recursive: true })).filter((name) => name.endsWith(".d.ts"));
  const internal = all.filter((name) => !reached.has(join(TYPES, name)));
  await writeFile(
    join(TYPES, ".npmignore"),
    internal.map((name) => `/${name.replaceAll("\\", "/")}\n`).join(""),
  );
}

/** @returns the paths of the declarations, and of all that they import */
async function reachedFrom(entries) {
  const reached = new Set(entries);
  for (const path of reached) {
    for (const [, name] of (await readFile(path, "utf8")).matchAll(IMPORT)) {
      const imported = `${resolve(dirname(path), name)}.d.ts`;
      if (!existsSync(imported))
        throw new Error(`${relative(ROOT, path)} imports ${name}, which is not there.`);
      reached.add(imported);
    }
  }
  return reached;
}
