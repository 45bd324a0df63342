import { copyFile, cp, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, createBuilder, type Plugin } from "vite";
import { buildSite as buildChaosSite } from "../../chaos/site.ts";
import { buildExample, prepareExamples } from "../../scripts/examples.mjs";
import { installPackage } from "../../scripts/packed.mjs";
import { buildBindingsSites } from "./bindings-sites.ts";
import { buildSamples } from "./built-samples.ts";
import { buildElementsSite } from "./elements-site.ts";
import { fromInstalledPackage, PACKAGE } from "./installed-package.ts";
import { buildPrintedSites } from "./printed-sites.ts";
import { printedWorkers } from "./printed-workers.ts";
import { buildUppySite } from "./uppy-site.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The site that the browser tests open: the package as it ships, and a small app that uses it. */
export const SITE_DIR = `${ROOT}.cache/site`;

/** The demo app, as `npm start` serves it. */
export const DEMO_DIR = `${ROOT}dist-demo`;

/** The workers of the apps that the tests open. */
const WORKERS = [
  "own-worker",
  "launch-worker",
  "sending-worker",
  "hook-worker",
  "s3-worker",
  "s3-credentials-worker",
  "old-workbox-worker",
  "workbox-worker",
  "old-serwist-worker",
  "serwist-worker",
];

/** Playwright's global set-up: packs what was built, and builds the sites and the demo once, out of the tarball. */
export default async function buildSite(): Promise<void> {
  // `npm test` starts Playwright twice.
  if (process.env.SITE_IS_BUILT !== undefined) return;
  const tarball = await installPackage();
  const installed = await fromInstalledPackage();
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
  for (const worker of WORKERS) await buildWorker(worker, installed);
  await buildWorker("serwist-worker", installed, "development");
  for (const [name, entry] of await printedWorkers()) await buildWorker(name, installed, "production", entry);
  await cp(`${PACKAGE}/dist`, SITE_DIR, { recursive: true });
  await copyFile(`${ROOT}tests/support/app/index.html`, `${SITE_DIR}/index.html`);
  await copyFile(`${ROOT}node_modules/idb/build/index.js`, `${SITE_DIR}/idb.js`);
  await buildBindingsSites(SITE_DIR);
  await buildElementsSite(SITE_DIR);
  await buildPrintedSites(SITE_DIR);
  await buildSamples(SITE_DIR);
  await buildUppySite(SITE_DIR, installed);
  await buildDemo(installed);
  await buildChaosSite(installed);
  await prepareExamples(tarball);
  const [podcast = ""] = await buildExample("podcast");
  await cp(podcast, `${SITE_DIR}/podcast`, { recursive: true });
}

async function buildDemo(installed: Plugin): Promise<void> {
  const builder = await createBuilder({
    configFile: `${ROOT}demo/vite.config.ts`,
    logLevel: "warn",
    plugins: [installed],
  });
  await builder.buildApp();
}

/** Builds an app's own worker as one classic script, of others' packages the production build or that for development. */
async function buildWorker(
  name: string,
  installed: Plugin,
  mode: "production" | "development" = "production",
  entry: string = `${ROOT}tests/support/app/${name}.ts`,
): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [installed],
    resolve: { dedupe: ["idb"] },
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
