import "./background-session/sw.js"; // the ready worker: it runs the downloads
import { respondFrom } from "./background-session/media/index.js";
import { EPISODES } from "./episodes.js";

const SHELL = "podcast-shell";
/** What the app needs to start offline. */
const FILES = [
  "./",
  "app.js",
  "episodes.js",
  "background-session/background-session.js",
  "background-session/media/index.js",
  "background-session/media/respond-from.js",
  "background-session/media/stored-body.js",
  "background-session/media/found-download.js",
  "background-session/media/kept-blob.js",
  "background-session/media/byte-range.js",
].map((path) => new URL(path, import.meta.url).href);

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(FILES)));
});

// A player's requests come here only if the page is controlled, on the first visit too.
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const episode = EPISODES.find(({ url }) => url === request.url);
  if (episode !== undefined) event.respondWith(play(episode, request));
  else if (FILES.includes(request.url)) event.respondWith(startUp(request));
});

/** Answers from the download if there is one, with ranges, so that the player can seek. */
async function play({ destination, type }, request) {
  const headers = { "content-type": type };
  return (await respondFrom(destination, request, { headers })) ?? fetch(request);
}

async function startUp(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request.url, { cacheName: SHELL })) ?? Response.error();
  }
}
