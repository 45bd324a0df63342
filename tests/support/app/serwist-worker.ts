import { startDaemon } from "background-session/daemon";
import { adoptQueue, BackgroundSessionPlugin } from "background-session/workbox";
import { NetworkOnly, Serwist } from "serwist";
import { noteAdopted } from "./adopted.ts";
import { adopted, adopting, isPatient, keeping, stopPoint, takes } from "./route-settings.ts";
import { standStillAt, takeFirstAt } from "./stop-points.ts";

// An app's worker that routes with Serwist, after its change from BackgroundSyncPlugin.
startDaemon();
if (stopPoint !== null) standStillAt(stopPoint);
if (takes !== null) takeFirstAt(takes);

// The first one has the first of the default queues.
const orders = new BackgroundSessionPlugin("test", keeping);
const share = new BackgroundSessionPlugin("test", {
  ...keeping,
  respond: "accepted",
  acceptedResponse: () => Response.redirect("/?shared", 303),
});
const direct = new BackgroundSessionPlugin("test", { ...keeping, respond: "always", queue: "direct" });
new Serwist({
  skipWaiting: !isPatient,
  clientsClaim: true,
  runtimeCaching: [
    {
      matcher: ({ url }) => url.pathname.startsWith("/order/"),
      handler: new NetworkOnly({ plugins: [orders] }),
      method: "POST",
    },
    {
      matcher: ({ url }) => url.pathname === "/share",
      handler: new NetworkOnly({ plugins: [share] }),
      method: "POST",
    },
    { matcher: ({ url }) => url.pathname.startsWith("/direct/"), handler: direct, method: "POST" },
  ],
}).addEventListeners();

if (adopted !== null) adoptQueue(adopted, { ...adopting, onAdopted: noteAdopted });
