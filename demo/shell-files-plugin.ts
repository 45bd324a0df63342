import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const MODULE = "virtual:shell-files";
const RESOLVED = `\0${MODULE}`;

/**
 * Gives the worker the list of the page's built files, and a version that changes with any of them. The worker's
 * script therefore differs after each change of the app, and the browser installs it.
 */
export function shellFiles(outDir: string): Plugin {
  let isBuild = false;
  return {
    name: "shell-files",
    configResolved: ({ command }) => {
      isBuild = command === "build";
    },
    resolveId: (id) => (id === MODULE ? RESOLVED : undefined),
    load: (id) => {
      if (id !== RESOLVED) return undefined;
      // The dev server's files change too often to be cached.
      const files = isBuild ? builtFiles(outDir) : [];
      return `export const files = ${JSON.stringify(files.map((file) => `/${file}`))};
export const version = ${JSON.stringify(versionOf(outDir, files))};`;
    },
  };
}

function builtFiles(outDir: string): string[] {
  return readdirSync(outDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "sw.js")
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(outDir.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}

function versionOf(outDir: string, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(outDir, file)));
  return hash.digest("hex").slice(0, 16);
}
