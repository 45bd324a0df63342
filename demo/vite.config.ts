import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { shellFiles } from "./shell-files-plugin.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const outDir = fileURLToPath(new URL("../dist-demo", import.meta.url));

/** Where `npm start` serves the sample files from; the dev server passes requests for them on. */
const server = process.env.DEMO_SERVER ?? "http://localhost:8080";

/**
 * The demo app: the page, and then the worker as one classic script of its own. The order matters: the worker
 * carries the list of the files that the page was built into.
 */
export default defineConfig({
  root,
  publicDir: "../public",
  builder: {},
  resolve: { dedupe: ["idb"] },
  // Workbox asks for it at run time, and a worker has no `process`.
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [shellFiles(outDir)],
  server: {
    proxy: Object.fromEntries(
      ["/catalogue.json", "/files/", "/status/", "/echo", "/tus", "/ietf"].map((path) => [path, server]),
    ),
  },
  // Found when the worker starts, they would make the page reload, and the worker's imports would be outdated.
  optimizeDeps: {
    include: [
      "idb",
      ...["Queue", "QueueStore", "StorableRequest"].map((name) => `workbox-background-sync/${name}.js`),
    ],
  },
  environments: {
    client: {
      build: { outDir, emptyOutDir: true, target: "es2022", modulePreload: false },
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
