import type { Daemon } from "../daemon.ts";

/** A new worker that wants to take over has done so this long after it was installed. */
const TAKE_OVER_MS = 5_000;
/** One that was installed before, and wants to, takes over as soon as the events that started this one are over. */
const TAKE_OVER_AT_START_MS = 1_000;

/**
 * Makes way for a newer worker: an old one that goes on holds up the activation of the new one, and its requests
 * are cut in the end anyway. It stops at a checkpoint, and the new one goes on from there (V1). When the new one
 * does not take over, since its app waits for a better moment, this one goes on.
 */
export function makeWayForUpdates(scope: ServiceWorkerGlobalScope, daemon: Daemon): void {
  const seen = new WeakSet<ServiceWorker>();

  const makeWay = async (waiting: ServiceWorker, delayMs: number): Promise<void> => {
    if (seen.has(waiting) || !isActive(scope)) return;
    seen.add(waiting);
    await daemon.leave();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (isActive(scope)) daemon.comeBack();
  };

  scope.registration.addEventListener("updatefound", () => {
    const worker = scope.registration.installing;
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed") void makeWay(worker, TAKE_OVER_MS);
    });
  });
  // Chromium lets a worker run on whose registration was removed: it would keep the lock from the one registered next.
  const own = scope.serviceWorker as ServiceWorker | undefined;
  own?.addEventListener("statechange", () => {
    if (own.state === "redundant") void daemon.leave();
  });
  // A message may start an old worker again that was stopped for the new one, which it has not seen come.
  const { waiting } = scope.registration;
  if (waiting !== null) void makeWay(waiting, TAKE_OVER_AT_START_MS);
}

/** Whether this worker is the one that serves the scope; a new one that waits must not run anything. */
export function isActive(scope: ServiceWorkerGlobalScope): boolean {
  const own = scope.serviceWorker as ServiceWorker | undefined;
  const state = own?.state ?? (scope.registration.active === null ? "installing" : "activated");
  return state === "activating" || state === "activated";
}
