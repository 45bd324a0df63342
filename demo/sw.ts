import { destinations } from "../src/sw/destinations/index.ts";
import { startDaemon } from "../src/sw/index.ts";
import { ietf } from "../src/sw/uploads/ietf/index.ts";
import { tus } from "../src/sw/uploads/tus/index.ts";
import { dropOldShells, keepShell, shellAnswer } from "./app-shell.ts";
import { handleEventsForBackgroundSession } from "./background-launch.ts";
import { logReaction } from "./notification-log.ts";
import { episodeAnswer } from "./podcast/play-episode.ts";

declare const self: ServiceWorkerGlobalScope;

startDaemon({ destinations, uploadProtocols: [tus, ietf], handleEventsForBackgroundSession });

self.addEventListener("install", (event) => {
  // A new worker waits until the old pages are closed: they load parts of their own version later on.
  event.waitUntil(keepShell());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([dropOldShells(), self.clients.claim()]));
});

self.addEventListener("fetch", (event) => {
  const answer = episodeAnswer(event.request) ?? shellAnswer(event.request);
  if (answer !== undefined) event.respondWith(answer);
});

// The library handles the click: it brings the app to the front, or opens it.
self.addEventListener("notificationclick", (event) => {
  event.waitUntil(logReaction("notification-clicked", event.notification));
});

self.addEventListener("notificationclose", (event) => {
  event.waitUntil(logReaction("notification-dismissed", event.notification));
});
