import { defineConfig, type EnvironmentOptions } from "vite";

/**
 * The files that ship. Each is a build of its own: two entries in one build would share a chunk, and a classic
 * worker script cannot load one. The demo has its own configuration in demo/.
 */
export default defineConfig({
  publicDir: false,
  builder: {},
  resolve: { dedupe: ["idb"] },
  // Workbox asks for it at run time, and a worker has no `process`.
  define: { "process.env.NODE_ENV": '"production"' },
  environments: {
    client: {
      build: {
        outDir: "dist",
        emptyOutDir: true,
        sourcemap: true,
        minify: false,
        target: "es2022",
        lib: { entry: "src/app/index.ts", formats: ["es"], fileName: () => "index.js" },
        rollupOptions: { external: ["idb"] },
      },
    },
    daemon: {
      consumer: "client",
      build: {
        outDir: "dist",
        emptyOutDir: false,
        sourcemap: true,
        minify: false,
        target: "es2022",
        lib: { entry: "src/sw/index.ts", formats: ["es"], fileName: () => "daemon.js" },
        rollupOptions: { external: ["idb"] },
      },
    },
    ...Object.fromEntries(["tus", "ietf"].map((name) => [name, protocolEnvironment(name)])),
    worker: {
      consumer: "client",
      build: {
        outDir: "dist",
        emptyOutDir: false,
        sourcemap: true,
        target: "es2022",
        lib: {
          entry: "src/sw/ready-worker.ts",
          formats: ["iife"],
          name: "backgroundSession",
          fileName: () => "sw.js",
        },
      },
    },
  },
});

/** An upload protocol on its own, for the workers that name it. */
function protocolEnvironment(name: string): EnvironmentOptions {
  return {
    consumer: "client",
    build: {
      outDir: "dist",
      emptyOutDir: false,
      sourcemap: true,
      minify: false,
      target: "es2022",
      lib: { entry: `src/sw/${name}/index.ts`, formats: ["es"], fileName: () => `${name}.js` },
    },
  };
}
