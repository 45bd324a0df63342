import type { BackgroundSessionPlugin } from "background-session/workbox";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

/** That of public/orders.js: the handler below is written into the worker, as text. */
declare const orders: BackgroundSessionPlugin;

export default defineConfig({
  plugins: [
    VitePWA({
      workbox: {
        // The script "prebuild" in package.json copies the first one there.
        importScripts: ["background-session/sw-workbox.js", "orders.js"],
        globIgnores: ["background-session/**", "orders.js"],
        runtimeCaching: [{ urlPattern: "/echo", method: "POST", handler: (route) => orders.handle(route) }],
      },
    }),
  ],
});
