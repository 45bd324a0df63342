import { execFile } from "node:child_process";
import { copyFile, cp, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, createBuilder, type InlineConfig, type Plugin } from "vite";
import { installPackage } from "../scripts/packed.mjs";
import { PACKAGE } from "../tests/support/installed-package.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const APP = `${ROOT}chaos/app/`;

/** The site that the browsers open: the package as it ships, and the app of the random user. */
export const SITE_DIR = `${ROOT}.cache/chaos-site`;

const COMMON: InlineConfig = { configFile: false, logLevel: "warn", publicDir: false };

export async function buildPackage(): Promise<void> {
  const builder = await createBuilder({ root: ROOT, logLevel: "warn" });
  await builder.buildApp();
  // The tarball has the types in it.
  await promisify(execFile)(process.execPath, [`${ROOT}node_modules/typescript/bin/tsc`, "-b", ROOT]);
  await installPackage();
}

/** Builds it from the installed package. */
export async function buildSite(installed: Plugin): Promise<void> {
  await build({
    ...COMMON,
    build: {
      outDir: SITE_DIR,
      emptyOutDir: true,
      minify: false,
      lib: { entry: `${APP}page.ts`, formats: ["es"], fileName: () => "app.js" },
      rollupOptions: { external: ["background-session", "idb"] },
    },
  });
  await build({
    ...COMMON,
    plugins: [installed],
    resolve: { dedupe: ["idb"] },
    build: {
      outDir: SITE_DIR,
      emptyOutDir: false,
      minify: false,
      lib: { entry: `${APP}worker.ts`, formats: ["iife"], name: "worker", fileName: () => "sw.js" },
    },
  });
  await cp(`${PACKAGE}/dist/background-session.js`, `${SITE_DIR}/background-session.js`);
  await copyFile(`${APP}index.html`, `${SITE_DIR}/index.html`);
  await copyFile(`${ROOT}node_modules/idb/build/index.js`, `${SITE_DIR}/idb.js`);
}

/** The worker's script in another version, which takes over at once or waits until the old tabs are closed. */
export async function workerScript(version: number, takesOver: boolean): Promise<string> {
  const script = await readFile(`${SITE_DIR}/sw.js`, "utf8");
  return `self.deployment = ${JSON.stringify({ version, takesOver })};\n${script}`;
}
