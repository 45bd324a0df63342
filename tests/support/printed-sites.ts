import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { viteConfigOf } from "./bindings-sites.ts";
import { withAppFolder } from "./installed-package.ts";
import { linesWith } from "./samples-of.ts";

const README = "../README.md";

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

/** Builds the apps that the README and the guide to uploads print, with Vite and the packed package, into a site. */
export async function buildPrintedSites(site: string): Promise<void> {
  const apps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "readme-app": { "main.ts": await linesWith(README, "ts", "background-session/elements") },
    "readme-react": {
      "main.ts": REACT_MAIN,
      "transfers.tsx": await linesWith(README, "tsx", "background-session/react"),
      "inspector.ts": await linesWith(README, "ts", "background-session/inspector"),
    },
    "tus-recipe": { "main.ts": await linesWith("uploads.md", "ts", "// main.ts") },
  };
  for (const [name, files] of Object.entries(apps)) await buildApp(name, files, site);
}

async function buildApp(name: string, files: Readonly<Record<string, string>>, site: string): Promise<void> {
  await withAppFolder(async (root) => {
    for (const [file, text] of Object.entries(files)) await writeFile(join(root, file), text);
    const head = `<!doctype html><html lang="en"><title>As printed</title>`;
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
