import { destinations } from "./destinations/index.ts";
import { integrity } from "./integrity/index.ts";
import { parallelRanges } from "./parallel/index.ts";
import { startDaemon } from "./start-daemon.ts";
import { ietf } from "./uploads/ietf/index.ts";
import { tus } from "./uploads/tus/index.ts";

declare const self: ServiceWorkerGlobalScope;

startDaemon({ uploadProtocols: [tus, ietf], integrity, destinations, parallelRanges });

// If this is the worker's own script, it takes over at once, since only transfers depend on it. If an app's worker imports
// it with importScripts, the app decides: the innermost line of the stack is then not the worker's own script. A server
// that imports it has no location.
const innermost = new Error().stack?.split("\n").find((line) => line.includes("://"));
const script: string | undefined = globalThis.location?.href;
if (script !== undefined && innermost?.includes(`${script}:`)) {
  self.addEventListener("install", () => void self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
}
