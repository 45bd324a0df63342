import { copyFile, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, createBuilder } from "vite";
import { buildSite as buildChaosSite } from "../../chaos/site.ts";
import { prepareExamples } from "../../scripts/examples.mjs";
import { buildBindingsSites } from "./bindings-sites.ts";
import { buildElementsSite } from "./elements-site.ts";
import { buildReadmeSite } from "./readme-site.ts";
import { buildUppySite } from "./uppy-site.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The site that the browser tests open: the built package as it ships, and a small app that uses it. */
export const SITE_DIR = `${ROOT}.cache/site`;

/** The demo app, as `npm start` serves it. */
export const DEMO_DIR = `${ROOT}dist-demo`;

/** Playwright's global set-up: builds the sites and the demo once, out of the built package. */
export default async function buildSite(): Promise<void> {
  await mkdir(SITE_DIR, { recursive: true });
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      outDir: SITE_DIR,
      emptyOutDir: true,
      minify: false,
      lib: { entry: `${ROOT}tests/support/app/main.ts`, formats: ["es"], fileName: () => "app.js" },
      rollupOptions: { external: ["background-session", "idb"] },
    },
  });
  for (const worker of ["own-worker", "launch-worker", "sending-worker", "hook-worker", "s3-worker"])
    await buildWorker(worker);
  for (const worker of ["old-workbox-worker", "workbox-worker", "old-serwist-worker", "serwist-worker"])
    await buildWorker(worker);
  await buildWorker("serwist-worker", "development");
  await buildMediaWorker();
  await cp(`${ROOT}dist`, SITE_DIR, { recursive: true });
  await copyFile(`${ROOT}tests/support/app/index.html`, `${SITE_DIR}/index.html`);
  await copyFile(`${ROOT}node_modules/idb/build/index.js`, `${SITE_DIR}/idb.js`);
  await buildBindingsSites(SITE_DIR);
  await buildElementsSite(SITE_DIR);
  await buildReadmeSite(SITE_DIR);
  await buildUppySite(SITE_DIR);
  await buildDemo();
  await buildChaosSite();
  await prepareExamples();
}

async function buildDemo(): Promise<void> {
  const builder = await createBuilder({ configFile: `${ROOT}demo/vite.config.ts`, logLevel: "warn" });
  await builder.buildApp();
}

/** Builds the worker of the guide to offline media as it is printed. */
async function buildMediaWorker(): Promise<void> {
  const [, lines] = /```js\n(.*?)```/s.exec(await readFile(`${ROOT}docs/media.md`, "utf8")) ?? [];
  if (lines === undefined) throw new Error("docs/media.md has no worker.");
  const entry = `${ROOT}.cache/recipes/media-worker.js`;
  await mkdir(`${ROOT}.cache/recipes`, { recursive: true });
  await writeFile(entry, lines);
  await buildWorker("media-worker", "production", entry);
}

/** Builds an app's own worker as one classic script, of others' packages the production build or that for development. */
async function buildWorker(
  name: string,
  mode: "production" | "development" = "production",
  entry: string = `${ROOT}tests/support/app/${name}.ts`,
): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    resolve: {
      dedupe: ["idb"],
      alias: [
        { find: "background-session/workbox", replacement: `${ROOT}dist/workbox/index.js` },
        { find: "background-session/daemon", replacement: `${ROOT}dist/sw/index.js` },
        { find: "background-session/destinations", replacement: `${ROOT}dist/sw/destinations/index.js` },
        { find: "background-session/media", replacement: `${ROOT}dist/media/index.js` },
        { find: "background-session/s3", replacement: `${ROOT}dist/sw/uploads/s3/index.js` },
        { find: "background-session/tus", replacement: `${ROOT}dist/sw/uploads/tus/index.js` },
        { find: "background-session", replacement: `${ROOT}dist/app/index.js` },
      ],
    },
    define: { "process.env.NODE_ENV": JSON.stringify(mode) },
    build: {
      outDir: SITE_DIR,
      emptyOutDir: false,
      minify: false,
      lib: {
        entry,
        formats: ["iife"],
        name: "worker",
        fileName: () => (mode === "production" ? `${name}.js` : `${name}.${mode}.js`),
      },
    },
  });
}
