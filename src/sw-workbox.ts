// A script for workers that are not bundled, such as those that workbox generates: the ready worker, and the plugin for
// routes. Its exports are properties of the global `backgroundSession`.
import "./sw/ready-worker.ts";

export { adoptQueue, BackgroundSessionPlugin } from "./workbox/index.ts";
