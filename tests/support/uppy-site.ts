import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";

/** Builds the app with Uppy into a site. */
export async function buildUppySite(site: string, installed: Plugin): Promise<void> {
  await build({
    root: fileURLToPath(new URL("./uppy/", import.meta.url)),
    base: "/uppy/",
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [installed],
    build: {
      outDir: `${site}/uppy`,
      emptyOutDir: true,
      minify: false,
      target: "es2022",
      chunkSizeWarningLimit: 5_000,
    },
  });
}
