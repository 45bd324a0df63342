import { startDaemon } from "background-session/daemon";
import { adoptQueue, BackgroundSessionPlugin } from "background-session/workbox";
import { registerRoute } from "workbox-routing";
import { NetworkOnly } from "workbox-strategies";
import { noteAdopted } from "./adopted.ts";
import { adopted, adopting, isPatient, keeping, stopPoint, takes } from "./route-settings.ts";
import { standStillAt, takeFirstAt } from "./stop-points.ts";

// An app's worker that routes with workbox, after its change from BackgroundSyncPlugin.
declare const self: ServiceWorkerGlobalScope;

startDaemon();
if (stopPoint !== null) standStillAt(stopPoint);
if (takes !== null) takeFirstAt(takes);
if (!isPatient) self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const orders = new NetworkOnly({ plugins: [new BackgroundSessionPlugin("test", keeping)] });
for (const method of ["POST", "PUT", "HEAD"] as const)
  registerRoute(({ url }) => url.pathname.startsWith("/order/"), orders, method);

const share = new NetworkOnly({
  plugins: [
    new BackgroundSessionPlugin("test", {
      ...keeping,
      respond: "accepted",
      acceptedResponse: () => Response.redirect("/?shared", 303),
    }),
  ],
});
registerRoute(({ url }) => url.pathname === "/share", share, "POST");

// A plugin is a handler of its own, too.
const direct = new BackgroundSessionPlugin("test", { ...keeping, respond: "always", queue: "direct" });
registerRoute(({ url }) => url.pathname.startsWith("/direct/"), direct, "POST");

if (adopted !== null) adoptQueue(adopted, { ...adopting, onAdopted: noteAdopted });
