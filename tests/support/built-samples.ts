import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import react from "@vitejs/plugin-react";
import vue from "@vitejs/plugin-vue";
import { build } from "vite";
import { withAppFolder } from "./installed-package.ts";
import { SAMPLE_RUNS } from "./sample-runs.ts";
import { type PrintedSample, printedIn } from "./samples-of.ts";

/** What is around the samples, in a page and in a worker, and what these import. */
const APPS = ["samples-app.ts", "samples-worker-app.ts", "samples-mount.ts", "samples-outbox.ts"];

/** The tests that run them here. */
const RUNNERS = "tests/browser/samples-";

/** The path at which the site has a sample as a module. It exports what the sample declares at its top. */
export function builtPath(page: string, { name }: PrintedSample): string {
  return `/samples/${folderOf(page)}/${withoutEnding(name)}.js`;
}

/** Builds the samples with Vite and the packed package, each as a module of the site. */
export async function buildSamples(site: string): Promise<void> {
  await withAppFolder(async (root) => {
    const input = await writeModules(root);
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

/** Writes the samples, and what is around them, to a folder. @returns the files by the names of the built modules */
async function writeModules(root: string): Promise<Record<string, string>> {
  const written: Record<string, string> = {};
  for (const file of APPS) {
    written[withoutEnding(file)] = join(root, file);
    await copyFile(fileURLToPath(new URL(file, import.meta.url)), join(root, file));
  }
  for (const [page, runs] of Object.entries(SAMPLE_RUNS)) {
    await mkdir(join(root, folderOf(page)));
    const samples = await printedIn(page);
    for (const [index, sample] of samples.entries()) {
      if (!runs[index]?.[1].startsWith(RUNNERS) || !isModule(sample)) continue;
      const path = `${folderOf(page)}/${sample.name}`;
      written[withoutEnding(path)] = join(root, path);
      await writeFile(join(root, path), asModule(sample, samples[index - 1]));
    }
  }
  return written;
}

/** Not a command, and not a file of a tool. */
function isModule({ language, code }: PrintedSample): boolean {
  return /^(?:tsx?|js|vue|svelte)$/.test(language) && !/from "(?:vite|@playwright\/test)"/.test(code);
}

const withoutEnding = (path: string): string => path.replace(/\.\w+$/, "");

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
