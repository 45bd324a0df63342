import { startDaemon } from "background-session/daemon";
import { adoptQueue, BackgroundSessionPlugin } from "background-session/workbox";
import { NetworkOnly, Serwist } from "serwist";
import { noteAdopted } from "./adopted.ts";
import { adopted, adopting, keeping } from "./route-settings.ts";

// An app's worker that routes with Serwist, after its change from BackgroundSyncPlugin.
startDaemon();

const direct = new BackgroundSessionPlugin("test", { ...keeping, respond: "always", queue: "direct" });
new Serwist({
  skipWaiting: true,
  clientsClaim: true,
  runtimeCaching: [
    {
      matcher: ({ url }) => url.pathname.startsWith("/order/"),
      handler: new NetworkOnly({ plugins: [new BackgroundSessionPlugin("test", keeping)] }),
      method: "POST",
    },
    { matcher: ({ url }) => url.pathname.startsWith("/direct/"), handler: direct, method: "POST" },
  ],
}).addEventListeners();

if (adopted !== null) adoptQueue(adopted, { ...adopting, onAdopted: noteAdopted });
