/** What is needed here of the global of a service worker: the page's types do not have it. */
export interface WorkerScope {
  readonly registration: { readonly installing: unknown; readonly waiting: unknown };
  /** Absent in some browsers. */
  readonly serviceWorker?: { readonly state: string };
  addEventListener(
    type: "activate" | "sync" | "fetch" | "message",
    listener: (event: WorkerEvent) => void,
  ): void;
}

export interface WorkerEvent {
  readonly type: string;
  readonly tag?: string;
  waitUntil(promise: Promise<unknown>): void;
}

/**
 * Calls `action` at each start of a worker that serves its scope: one that is installed, or waits, must not do the work of
 * the old one. Firefox does not tell a worker its state. There, the first request tells it, which only a worker that serves
 * its scope gets; so does the first message while no other worker is there.
 */
export function atEachStart(scope: WorkerScope, action: () => void): void {
  const { serviceWorker, registration } = scope;
  let isDue = serviceWorker === undefined;
  const look = ({ type }: WorkerEvent): void => {
    const isSole = (registration.installing ?? registration.waiting) === null;
    if (!isDue || (type === "message" && !isSole)) return;
    isDue = false;
    action();
  };
  if (isDue) for (const type of ["fetch", "message"] as const) scope.addEventListener(type, look);
  else if (serviceWorker?.state.startsWith("activat")) action();
}
