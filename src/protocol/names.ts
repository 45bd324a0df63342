/** Names of everything a scope owns in the origin. They contain the scope, so that two apps never meet. */
export interface ScopeNames {
  readonly database: string;
  readonly notices: string;
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
    daemonLock: `${prefix}#daemon`,
    queue: prefix,
    syncTag: `workbox-background-sync:${prefix}`,
    ownerLock: (identifier) => `${prefix}#owner:${identifier}`,
  };
}

/** Where a daemon that runs in this very realm (a service worker) answers; see `LocalDaemon`. */
export const LOCAL_DAEMON: unique symbol = Symbol.for("background-session.daemon");
