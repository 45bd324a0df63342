import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

export default defineConfig({
  plugins: [
    VitePWA({
      workbox: {
        // The script "prebuild" in package.json copies it there.
        importScripts: ["background-session/sw.js"],
        globIgnores: ["background-session/**"],
      },
    }),
  ],
});
