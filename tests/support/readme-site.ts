import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { withAppFolder } from "./installed-package.ts";

const README = fileURLToPath(new URL("../../README.md", import.meta.url));

/** Builds the lines of the README as they are printed, with Vite and the packed package, into a site. */
export async function buildReadmeSite(site: string): Promise<void> {
  const [, lines] = /```ts\n(.*?)```/s.exec(await readFile(README, "utf8")) ?? [];
  if (lines === undefined) throw new Error("The README has no lines to run.");
  await withAppFolder(async (root) => {
    await writeFile(join(root, "main.ts"), lines);
    const head = `<!doctype html><html lang="en"><title>README</title>`;
    await writeFile(
      join(root, "index.html"),
      `${head}<script type="module" src="./main.ts"></script></html>`,
    );
    await build({
      root,
      base: "/readme-app/",
      configFile: false,
      logLevel: "warn",
      build: { outDir: `${site}/readme-app`, emptyOutDir: true, target: "es2022" },
    });
  });
}
