import { PROTOCOL } from "./versions.ts";

/** Names of everything a scope owns in the origin. They contain the scope, so that two apps never meet. */
export interface ScopeNames {
  readonly database: string;
  readonly notices: string;
  /** Of the channel on which pages reach a daemon that is no service worker; followed by an id, of that for one answer. */
  readonly commands: string;
  readonly daemonLock: string;
  readonly queue: string;
  /** Of the sync registration of the queue, as workbox makes it; of the periodic one as well. */
  readonly syncTag: string;
  ownerLock(identifier: string): string;
}

/** Returns the names for a service worker scope, e.g. `https://example.com/app/`. */
export function namesOf(scope: string): ScopeNames {
  const prefix = `background-session:${new URL(scope).pathname}`;
  return {
    database: prefix,
    notices: prefix,
    commands: `${prefix}#commands`,
    daemonLock: `${prefix}#daemon`,
    queue: prefix,
    syncTag: `workbox-background-sync:${prefix}`,
    ownerLock: (identifier) => `${prefix}#owner:${identifier}`,
  };
}

const PAGE_WORKER = "background-session for ";

/**
 * Returns the name of the worker that a page starts to run the daemon of a scope. Pages of another version do not share
 * it: a shared worker goes on with the script that it was started with.
 */
export function pageWorkerName(scope: string): string {
  return `${PAGE_WORKER}${PROTOCOL.max} ${scope}`;
}

/** Returns the scope out of the name of such a worker; undefined for any other realm. */
export function scopeOfPageWorker(name: unknown): string | undefined {
  if (typeof name !== "string" || !name.startsWith(PAGE_WORKER)) return undefined;
  return name.slice(name.indexOf(" ", PAGE_WORKER.length) + 1);
}

/** Where a daemon that runs in this very realm (a service worker) answers; see `LocalDaemon`. */
export const LOCAL_DAEMON: unique symbol = Symbol.for("background-session.daemon");
