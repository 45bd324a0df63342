import { BackgroundSession } from "background-session";
import { startDaemon } from "background-session/daemon";
import { destinations } from "background-session/destinations";
import { ietf } from "background-session/ietf";
import { parallelRanges } from "background-session/parallel";
import { tus } from "background-session/tus";
import { completionHandlers, delegate } from "./delegate.ts";

// An app's own worker: the daemon, the app as it is launched in the background, and a shell that opens offline.
declare const self: ServiceWorkerGlobalScope & { deployment?: { takesOver: boolean } };

const SHELL = ["/", "/app.js", "/background-session.js", "/idb.js"];

startDaemon({
  uploadProtocols: [tus, ietf],
  destinations,
  parallelRanges,
  async handleEventsForBackgroundSession(identifier, completionHandler) {
    await BackgroundSession.open(identifier, {
      delegate: { ...delegate, didFinishEvents: completionHandler },
      completionHandlers,
    });
  },
});

self.addEventListener("install", (event) => {
  if (self.deployment?.takesOver ?? true) void self.skipWaiting();
  event.waitUntil(caches.open("shell").then((shell) => shell.addAll(SHELL)));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== self.location.origin || !SHELL.includes(pathname)) return;
  const kept = caches.match(pathname).then((answer) => answer ?? fetch(event.request));
  event.respondWith(kept);
});
