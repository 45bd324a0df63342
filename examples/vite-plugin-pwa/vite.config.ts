import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

export default defineConfig({
  plugins: [
    VitePWA({
      strategies: "injectManifest",
      srcDir: ".",
      filename: "sw.js",
      // A classic script: it starts whatever the type of your package is.
      injectManifest: { rollupFormat: "iife" },
      devOptions: { enabled: true, type: "module" },
    }),
  ],
});
