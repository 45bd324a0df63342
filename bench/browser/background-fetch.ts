const NEWS = "background-fetch";

interface BackgroundFetchManager {
  fetch(id: string, url: string): Promise<unknown>;
}

/** Downloads by the platform's own Background Fetch until its record is stored. @returns milliseconds */
export async function backgroundFetch(registration: ServiceWorkerRegistration, url: string): Promise<number> {
  const { backgroundFetch } = registration as unknown as { backgroundFetch: BackgroundFetchManager };
  const channel = new BroadcastChannel(NEWS);
  const kept = new Promise((resolve) => {
    channel.onmessage = ({ data }) => resolve(data);
  });
  const since = performance.now();
  await backgroundFetch.fetch(crypto.randomUUID(), url);
  const end = await kept;
  channel.close();
  if (end !== "kept") throw new Error("Background Fetch failed");
  return performance.now() - since;
}

/** The event that the browser dispatches in the worker: the records are gone when it is over. */
export interface BackgroundFetchEvent extends Event {
  readonly registration: { matchAll(): Promise<{ readonly responseReady: Promise<Response> }[]> };
  waitUntil(promise: Promise<unknown>): void;
}

export async function keepRecord({ registration }: BackgroundFetchEvent): Promise<void> {
  const [record] = await registration.matchAll();
  const cache = await caches.open("downloads");
  if (record !== undefined) await cache.put("/download", await record.responseReady);
  tell("kept");
}

export function tell(end: "kept" | "failed"): void {
  const channel = new BroadcastChannel(NEWS);
  channel.postMessage(end);
  channel.close();
}
