/** What is needed here of the global of a service worker: the page's types do not have it. */
export interface WorkerScope {
  readonly registration: { readonly active: unknown };
  /** Absent in some browsers. */
  readonly serviceWorker?: { readonly state: string };
  addEventListener(type: "activate" | "sync", listener: (event: WorkerEvent) => void): void;
}

export interface WorkerEvent {
  readonly tag?: string;
  waitUntil(promise: Promise<unknown>): void;
}

/** Whether this worker serves its scope: one that is being installed must not do the work of the old one. */
export function isActive({ serviceWorker, registration }: WorkerScope): boolean {
  const state = serviceWorker?.state ?? (registration.active === null ? "installing" : "activated");
  return state.startsWith("activat");
}
