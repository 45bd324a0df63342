import { copyFile, cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, createBuilder, type InlineConfig } from "vite";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGES = `${ROOT}bench/browser/`;

/** The site that the browsers open: the package as it ships, a page that uses it, an app's own worker, and a worker with its peers. */
export const SITE_DIR = `${ROOT}.cache/bench-site`;

const COMMON: InlineConfig = {
  configFile: false,
  logLevel: "warn",
  publicDir: false,
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
};

export async function buildSite(): Promise<void> {
  const builder = await createBuilder({ root: ROOT, logLevel: "warn" });
  await builder.buildApp();
  await build({
    ...COMMON,
    build: {
      outDir: SITE_DIR,
      emptyOutDir: true,
      lib: { entry: `${PAGES}page.ts`, formats: ["es"], fileName: () => "page.js" },
      rollupOptions: { external: ["background-session", "idb"] },
    },
  });
  for (const worker of ["peer-worker", "s3-worker", "own-worker"]) await buildWorker(worker);
  await cp(`${ROOT}dist`, SITE_DIR, { recursive: true });
  await copyFile(`${PAGES}index.html`, `${SITE_DIR}/index.html`);
  await copyFile(`${ROOT}node_modules/idb/build/index.js`, `${SITE_DIR}/idb.js`);
}

async function buildWorker(name: string): Promise<void> {
  await build({
    ...COMMON,
    resolve: { dedupe: ["idb"] },
    build: {
      outDir: SITE_DIR,
      emptyOutDir: false,
      lib: { entry: `${PAGES}${name}.ts`, formats: ["iife"], name: "worker", fileName: () => `${name}.js` },
    },
  });
}
