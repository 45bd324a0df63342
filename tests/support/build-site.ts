import { copyFile, cp, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The site that the browser tests open: the built package as it ships, and a small app that uses it. */
export const SITE_DIR = `${ROOT}.cache/site`;

/** Playwright's global set-up: builds the package and the site once. */
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
  for (const name of ["own-worker", "sending-worker"]) await buildWorker(name);
  await cp(`${ROOT}dist`, SITE_DIR, { recursive: true });
  await copyFile(`${ROOT}tests/support/app/index.html`, `${SITE_DIR}/index.html`);
  await copyFile(`${ROOT}node_modules/idb/build/index.js`, `${SITE_DIR}/idb.js`);
}

/** A worker of the app's own, with the daemon as it ships in it. */
async function buildWorker(name: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    resolve: {
      dedupe: ["idb"],
      alias: [
        { find: "background-session/daemon", replacement: `${ROOT}dist/daemon.js` },
        { find: "background-session", replacement: `${ROOT}dist/index.js` },
      ],
    },
    build: {
      outDir: SITE_DIR,
      emptyOutDir: false,
      minify: false,
      lib: {
        entry: `${ROOT}tests/support/app/${name}.ts`,
        formats: ["iife"],
        name: "ownWorker",
        fileName: () => `${name}.js`,
      },
    },
  });
}
