import { build } from "vite";
import { withAppCopy } from "./installed-package.ts";

/** Builds an app with the panel and the inspector from the packed package into a site, as its developers do with Vite. */
export async function buildElementsSite(site: string): Promise<void> {
  await withAppCopy("elements-app", async (root) => {
    await build({
      root,
      base: "/elements-app/",
      configFile: false,
      logLevel: "warn",
      build: { outDir: `${site}/elements-app`, emptyOutDir: true, target: "es2022" },
    });
  });
}
