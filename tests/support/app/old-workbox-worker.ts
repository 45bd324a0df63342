import { BackgroundSyncPlugin } from "workbox-background-sync";
import { registerRoute } from "workbox-routing";
import { NetworkOnly } from "workbox-strategies";

// The same app before: as workbox documents it.
declare const self: ServiceWorkerGlobalScope;

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const options = JSON.parse(new URLSearchParams(self.location.search).get("options") ?? "{}");
const plugin = new BackgroundSyncPlugin("orders", { maxRetentionTime: 24 * 60, ...options });
// Its type does not say that the property is always there.
const orders = new NetworkOnly({ plugins: [plugin as never] });
for (const method of ["POST", "PUT", "HEAD"] as const)
  registerRoute(({ url }) => url.pathname.startsWith("/order/"), orders, method);
