import type { Daemon } from "../daemon.ts";

/** A new worker that is to take over has done so within this time after it was installed. */
const TAKE_OVER_MS = 5_000;
/** A worker that was installed before takes over as soon as the events that started this one are over. */
const TAKE_OVER_AT_START_MS = 1_000;

/**
 * Makes way for a newer worker: if the old one went on, it would hold up the activation of the new one, and its requests
 * would be cut in the end anyway. It stops at a checkpoint, and the new one goes on from there (V1). If the new one does
 * not take over, because its app waits for a better moment, this one goes on.
 */
export function makeWayForUpdates(scope: ServiceWorkerGlobalScope, daemon: Daemon): void {
  const seen = new WeakSet<ServiceWorker>();
  // Firefox does not tell a worker its state: a new one takes itself for the one that serves, and has begun already.
  let isNew = false;
  let left: Promise<void> | undefined;
  const serves = (): boolean => !isNew && isActive(scope);

  const makeWay = async (waiting: ServiceWorker, delayMs: number): Promise<void> => {
    if (seen.has(waiting) || !serves()) return;
    seen.add(waiting);
    await daemon.makeWay(delayMs, serves);
  };

  const own = scope.serviceWorker as ServiceWorker | undefined;
  scope.addEventListener("install", () => {
    if (own !== undefined || scope.registration.active === null) return;
    isNew = true;
    left = daemon.leave();
  });
  scope.addEventListener("activate", async () => {
    await left;
    isNew = false;
    daemon.comeBack();
  });
  scope.registration.addEventListener("updatefound", () => {
    const worker = scope.registration.installing;
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed") void makeWay(worker, TAKE_OVER_MS);
    });
  });
  // In Chromium a worker goes on after its registration was removed: it would keep the lock from the next one.
  own?.addEventListener("statechange", () => {
    if (own.state === "redundant") void daemon.leave();
  });
  // A message may start an old worker again after a new one was installed.
  const { waiting } = scope.registration;
  if (waiting !== null) void makeWay(waiting, TAKE_OVER_AT_START_MS);
}

/** Whether this worker is the one that serves the scope; a new worker that waits must not run anything. */
export function isActive(scope: ServiceWorkerGlobalScope): boolean {
  const own = scope.serviceWorker as ServiceWorker | undefined;
  const state = own?.state ?? (scope.registration.active === null ? "installing" : "activated");
  return state === "activating" || state === "activated";
}
