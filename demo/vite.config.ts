import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { pageParts } from "./page-parts-plugin.ts";
import { shellFiles } from "./shell-files-plugin.ts";
import { tenLines, tenLinesEntry } from "./ten-lines-plugin.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const outDir = fileURLToPath(new URL("../dist-demo", import.meta.url));

/** The server of the sample files; the dev server passes requests for them on. */
const server = process.env.DEMO_SERVER ?? "http://localhost:8080";

/**
 * The demo app: first the page, then the worker as one classic script. The order matters: the worker contains the
 * list of the page's built files.
 */
export default defineConfig({
  root,
  publicDir: "../public",
  builder: {},
  resolve: { dedupe: ["idb"] },
  // Workbox reads it at run time, and a worker has no `process`.
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [tenLines(root), pageParts(root), shellFiles(outDir)],
  server: {
    proxy: Object.fromEntries(
      ["/catalogue.json", "/files/", "/status/", "/echo", "/tus", "/ietf"].map((path) => [path, server]),
    ),
  },
  // If they were discovered when the worker starts, the page would reload, and the worker's imports would be
  // outdated.
  optimizeDeps: {
    include: [
      "idb",
      ...["Queue", "QueueStore", "StorableRequest"].map((name) => `workbox-background-sync/${name}.js`),
    ],
  },
  environments: {
    client: {
      build: {
        outDir,
        emptyOutDir: true,
        target: "es2022",
        modulePreload: { polyfill: false },
        rolldownOptions: tenLinesEntry(root),
      },
    },
    worker: {
      consumer: "client",
      build: {
        outDir,
        emptyOutDir: false,
        copyPublicDir: false,
        target: "es2022",
        lib: { entry: "sw.ts", formats: ["iife"], name: "downloadsWorker", fileName: () => "sw.js" },
      },
    },
  },
});
