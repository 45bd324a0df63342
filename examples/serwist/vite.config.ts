import { serwist } from "@serwist/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [
    serwist({
      swSrc: "sw.js",
      swDest: "sw.js",
      swUrl: "/sw.js",
      globDirectory: "dist",
      injectionPoint: "self.__SW_MANIFEST",
    }),
  ],
});
