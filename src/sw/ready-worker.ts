import { startDaemon } from "./start-daemon.ts";
import { ietf } from "./uploads/ietf/index.ts";
import { tus } from "./uploads/tus/index.ts";

declare const self: ServiceWorkerGlobalScope;

startDaemon({ uploadProtocols: [tus, ietf] });

// On its own this worker takes over at once, since nothing but transfers depends on it. In an app's worker, by
// importScripts, that decision is the app's: there the innermost line of the stack is not the worker's own script. A server
// that imports it has no location.
const innermost = new Error().stack?.split("\n").find((line) => line.includes("://"));
const script: string | undefined = globalThis.location?.href;
if (script !== undefined && innermost?.includes(`${script}:`)) {
  self.addEventListener("install", () => void self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
}
