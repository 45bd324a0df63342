import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { withInstalledPackage } from "../../scripts/packed.mjs";

/** Builds an app with the panel and the inspector from the packed package into a site, as its developers do with Vite. */
export async function buildElementsSite(site: string): Promise<void> {
  await withInstalledPackage(async (directory) => {
    const root = join(directory, "app");
    await cp(fileURLToPath(new URL("./elements-app", import.meta.url)), root, { recursive: true });
    await build({
      root,
      base: "/elements-app/",
      configFile: false,
      logLevel: "warn",
      build: { outDir: `${site}/elements-app`, emptyOutDir: true, target: "es2022" },
    });
  });
}
