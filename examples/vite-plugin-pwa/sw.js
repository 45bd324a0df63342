import { startDaemon } from "background-session/daemon";
import { precacheAndRoute } from "workbox-precaching";

startDaemon();
precacheAndRoute(self.__WB_MANIFEST);

// The user wants the new version now. Otherwise it waits until every page of the old one is closed.
addEventListener("message", ({ data }) => {
  if (data?.type === "SKIP_WAITING") skipWaiting();
});
