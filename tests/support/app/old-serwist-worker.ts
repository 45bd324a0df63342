import { BackgroundSyncPlugin, NetworkOnly, Serwist } from "serwist";

// The same app before: as Serwist documents it.
const options = JSON.parse(new URLSearchParams(globalThis.location.search).get("options") ?? "{}");

new Serwist({
  skipWaiting: true,
  clientsClaim: true,
  runtimeCaching: [
    {
      matcher: ({ url }) => url.pathname.startsWith("/order/"),
      handler: new NetworkOnly({ plugins: [new BackgroundSyncPlugin("orders", options)] }),
      method: "POST",
    },
  ],
}).addEventListeners();
