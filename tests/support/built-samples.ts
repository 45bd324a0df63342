import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import react from "@vitejs/plugin-react";
import vue from "@vitejs/plugin-vue";
import { build } from "vite";
import { withAppFolder } from "./installed-package.ts";
import { type PrintedSample, printedIn } from "./samples-of.ts";

/** What is around the samples, in a page and in a worker, and what these import. */
const APPS = ["samples-app.ts", "samples-worker-app.ts", "samples-mount.ts", "samples-outbox.ts"];

/** The pages whose samples `tests/browser/samples-*.spec.ts` run in a browser. */
const PAGES = [
  "../README.md",
  "authorization.md",
  "destinations.md",
  "downloads.md",
  "errors.md",
  "events.md",
  "frameworks.md",
  "from-background-fetch.md",
  "from-tanstack-offline-transactions.md",
  "from-tus-js-client.md",
  "from-workbox.md",
  "history.md",
  "inspector.md",
  "lifecycle.md",
  "media.md",
  "notifications.md",
  "own-worker.md",
  "panel.md",
  "queues.md",
  "s3.md",
  "showing-tasks.md",
  "start.md",
  "transports.md",
  "upload-protocols.md",
  "uploads.md",
  "uppy.md",
];

/** Samples for Node, for the configuration of a tool, or of types alone. */
const NOT_FOR_BROWSERS = /from "(?:vitest|vite|node:\S+|@playwright\/test|svelte\/elements|\.\/blocks\.ts)"/;

/** The path at which the site has a sample as a module. It exports what the sample declares at its top. */
export function builtPath(page: string, { name }: PrintedSample): string {
  return `/samples/${folderOf(page)}/${name.replace(/\.\w+$/, "")}.js`;
}

/** Builds the samples with Vite and the packed package, each as a module of the site. */
export async function buildSamples(site: string): Promise<void> {
  await withAppFolder(async (root) => {
    const input: Record<string, string> = {};
    for (const file of APPS) {
      await copyFile(fileURLToPath(new URL(file, import.meta.url)), join(root, file));
      input[file.replace(".ts", "")] = join(root, file);
    }
    for (const page of PAGES) {
      await mkdir(join(root, folderOf(page)));
      const samples = await printedIn(page);
      for (const [index, sample] of samples.entries()) {
        if (!/^(tsx?|js|vue|svelte)$/.test(sample.language) || NOT_FOR_BROWSERS.test(sample.code)) continue;
        const path = `${folderOf(page)}/${sample.name}`;
        await writeFile(join(root, path), asModule(sample, samples[index - 1]));
        input[path.replace(/\.\w+$/, "")] = join(root, path);
      }
    }
    await build({
      root,
      base: "/samples/",
      configFile: false,
      logLevel: "warn",
      publicDir: false,
      plugins: [react(), vue(), svelte({ configFile: false })],
      resolve: { dedupe: ["react", "react-dom", "vue"] },
      build: {
        outDir: `${site}/samples`,
        emptyOutDir: true,
        minify: false,
        target: "es2022",
        modulePreload: false,
        chunkSizeWarningLimit: 5_000,
        rollupOptions: {
          input,
          preserveEntrySignatures: "strict",
          output: { entryFileNames: "[name].js" },
        },
      },
    });
    const script = `<script type="module" src="/samples/samples-app.js"></script>`;
    await writeFile(
      `${site}/samples/index.html`,
      `<!doctype html><html lang="en"><title>Samples</title>${script}<div id="photos"></div></html>`,
    );
  });
}

function folderOf(page: string): string {
  return page.replace("../", "").replace(/\.md$/, "").toLowerCase();
}

/** A template of Vue is printed below its script. The rest becomes a module whose declarations a test can see. */
function asModule({ language, code }: PrintedSample, above: PrintedSample | undefined): string {
  if (language === "svelte") return code;
  if (language === "vue")
    return `<script setup lang="ts">\n${above?.code}</script>\n<template><ul>\n${code}</ul></template>\n`;
  const declared = [...code.matchAll(/^(?:const|let|(?:async )?function) (\w+)/gm)].map(([, name]) => name);
  return `${code}export { ${declared.join(", ")} };\n`;
}
