import { startDaemon } from "background-session/daemon";
import { precacheAndRoute } from "workbox-precaching";

startDaemon();
precacheAndRoute(self.__WB_MANIFEST);
