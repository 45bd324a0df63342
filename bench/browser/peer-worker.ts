import { BackgroundSyncQueue } from "serwist";
import { Queue } from "workbox-background-sync/Queue.js";
import { type BackgroundFetchEvent, keepRecord, tell } from "./background-fetch.ts";
import { bareParts } from "./bare-parts.ts";
import { BareStore } from "./bare-store.ts";
import { bareUpload } from "./bare-upload.ts";
import { inLoops } from "./in-loops.ts";
import { storeFiles } from "./store-files.ts";
import { storeParts } from "./store-parts.ts";

// The peers of the library, in their own worker: workbox, its fork Serwist, and bare loops that keep nothing.
declare const self: ServiceWorkerGlobalScope;

const keepWaiting = { onSync: async () => {} };
/** By the names of their packages, which their databases have too. */
const queues = {
  workbox: new Queue("peer", keepWaiting),
  serwist: new BackgroundSyncQueue("peer", keepWaiting),
};
type QueueName = keyof typeof queues;

const jobs: Readonly<Record<string, (...args: never[]) => Promise<unknown>>> = {
  ping: async () => {},
  pushRequests,
  clearQueue,
  replay: (name: QueueName) => queues[name].replayRequests(),
  postAll,
  postAndStore,
  discard,
  cachePut: async (url: string) => {
    const cache = await caches.open("downloads");
    await cache.put("/download", await fetch(url, { cache: "no-store" }));
  },
  storeFiles,
  storeParts,
  bareUpload,
  bareParts,
};

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("message", (event) => {
  const { job, args } = event.data;
  event.waitUntil(answer(jobs[job] as (...args: unknown[]) => Promise<unknown>, args, event.ports[0]));
});

self.addEventListener("backgroundfetchsuccess" as never, (event: BackgroundFetchEvent) =>
  event.waitUntil(keepRecord(event)),
);
self.addEventListener("backgroundfetchfail" as never, () => tell("failed"));

async function answer(
  job: (...args: unknown[]) => Promise<unknown>,
  args: readonly unknown[],
  port: MessagePort | undefined,
): Promise<void> {
  const since = performance.now();
  try {
    const value = await job(...args);
    port?.postMessage({ value: value ?? performance.now() - since });
  } catch (error) {
    port?.postMessage({ error: String(error) });
  }
}

async function pushRequests(name: QueueName, count: number, url: string, body: string): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await queues[name].pushRequest({ request: new Request(url, { method: "POST", body }) });
  }
}

/** Deletes everything at once: one by one, it would take longer than the benchmark. */
async function clearQueue(name: QueueName): Promise<void> {
  const opening = indexedDB.open(`${name}-background-sync`);
  await new Promise((resolve) => {
    opening.onsuccess = resolve;
  });
  const tx = opening.result.transaction("requests", "readwrite");
  tx.objectStore("requests").clear();
  await new Promise((resolve) => {
    tx.oncomplete = resolve;
  });
  opening.result.close();
}

/** Loops, each of which sends one request after the other. */
function postAll(count: number, url: string, body: string, loops: number): Promise<void> {
  return inLoops(count, loops, async () => (await fetch(url, { method: "POST", body })).arrayBuffer());
}

/** Six loops, each of which stores a row for each request in a strict transaction, and sends it. */
async function postAndStore(count: number, url: string, body: string): Promise<void> {
  const store = await BareStore.open("strict");
  await inLoops(count, 6, async () => {
    await store.put({ url, method: "POST", body: new TextEncoder().encode(body).buffer });
    await (await fetch(url, { method: "POST", body })).arrayBuffer();
  });
  await store.delete();
}

async function discard(url: string): Promise<void> {
  const response = await fetch(url, { cache: "no-store" });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  while (!(await reader.read()).done);
}
