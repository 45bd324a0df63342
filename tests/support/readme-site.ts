import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { viteConfigOf } from "./bindings-sites.ts";
import { withAppFolder } from "./installed-package.ts";

const README = fileURLToPath(new URL("../../README.md", import.meta.url));

/** The code blocks of the README, as they are printed: the first of a language that have these words in them. */
async function linesWith(language: "ts" | "tsx", words: string): Promise<string> {
  const blocks = [...(await readFile(README, "utf8")).matchAll(/```(\w+)\n(.*?)```/gs)];
  const [, , lines] = blocks.find(([, name, code]) => name === language && code?.includes(words)) ?? [];
  if (lines === undefined) throw new Error(`The README has no lines with ${words} to run.`);
  return lines;
}

/** What an app has beside the list. */
const REACT_MAIN = `
import { BackgroundSession } from "background-session";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { Transfers } from "./transfers.tsx";
import "./inspector.ts";
globalThis.BackgroundSession = BackgroundSession;
createRoot(document.body.appendChild(document.createElement("main"))).render(createElement(Transfers));
`;

/** Builds the lines of the README with Vite and the packed package into a site: its first app, and its list in React. */
export async function buildReadmeSite(site: string): Promise<void> {
  const apps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "readme-app": { "main.ts": await linesWith("ts", "background-session/elements") },
    "readme-react": {
      "main.ts": REACT_MAIN,
      "transfers.tsx": await linesWith("tsx", "background-session/react"),
      "inspector.ts": await linesWith("ts", "background-session/inspector"),
    },
  };
  for (const [name, files] of Object.entries(apps)) await buildApp(name, files, site);
}

async function buildApp(name: string, files: Readonly<Record<string, string>>, site: string): Promise<void> {
  await withAppFolder(async (root) => {
    for (const [file, text] of Object.entries(files)) await writeFile(join(root, file), text);
    const head = `<!doctype html><html lang="en"><title>README</title>`;
    await writeFile(
      join(root, "index.html"),
      `${head}<script type="module" src="./main.ts"></script></html>`,
    );
    await build({
      ...viteConfigOf("react", root),
      base: `/${name}/`,
      build: { outDir: `${site}/${name}`, emptyOutDir: true, target: "es2022" },
    });
  });
}
