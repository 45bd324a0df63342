import { BackgroundSyncPlugin, NetworkOnly, Serwist } from "serwist";

// The same app before: as Serwist documents it.
new Serwist({
  skipWaiting: true,
  clientsClaim: true,
  runtimeCaching: [
    {
      matcher: ({ url }) => url.pathname.startsWith("/order/"),
      handler: new NetworkOnly({ plugins: [new BackgroundSyncPlugin("orders")] }),
      method: "POST",
    },
  ],
}).addEventListeners();
