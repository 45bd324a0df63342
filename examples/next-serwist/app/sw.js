import { startDaemon } from "background-session/daemon";
import { Serwist } from "serwist";

startDaemon();
new Serwist({
  precacheEntries: self.__SW_MANIFEST,
  skipWaiting: true,
  clientsClaim: true,
}).addEventListeners();
