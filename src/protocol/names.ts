import { PROTOCOL } from "./versions.ts";

/**
 * The names of everything that a scope owns in the origin. They begin with the scope, which has no `#`, so that two apps
 * never collide; then come a fixed word with a `:` at its end and what an app or we choose, which cannot form another name.
 */
export interface ScopeNames {
  readonly database: string;
  readonly notices: string;
  /** The channel on which pages reach a daemon that is not a service worker. */
  readonly commands: string;
  readonly daemonLock: string;
  readonly queue: string;
  /** The tag of workbox's sync registration for the queue, and of the periodic one. */
  readonly syncTag: string;
  /** The channel for the answer to one command. */
  reply(id: string): string;
  /** The lock of a session's owner, and the channel between the realms that have the session open. */
  ownerLock(identifier: string): string;
  /**
   * The lock under which one realm at a time checks whether the owner is dead. Versions up to 0.1.0 used another name: one
   * of their pages may check at the same time, and if both take the session, the first learns that it was taken over.
   */
  successionLock(identifier: string): string;
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
    reply: (id) => `${prefix}#commands:${id}`,
    ownerLock: (identifier) => `${prefix}#owner:${identifier}`,
    successionLock: (identifier) => `${prefix}#succession:${identifier}`,
  };
}

/** Returns the name of the lock of a file that scripts hold; without an id, the prefix of all such names. */
export function fileLockOf(database: string, fileId = ""): string {
  return `${database}#file:${fileId}`;
}

const PAGE_WORKER = "background-session for ";

/**
 * Returns the name of the worker that a page starts to run the daemon of a scope. Pages of another version do not share
 * it: a shared worker keeps the script that it was started with.
 */
export function pageWorkerName(scope: string): string {
  return `${PAGE_WORKER}${PROTOCOL.max} ${scope}`;
}

/** Returns the scope from the name of such a worker; undefined for any other realm. */
export function scopeOfPageWorker(name: unknown): string | undefined {
  if (typeof name !== "string" || !name.startsWith(PAGE_WORKER)) return undefined;
  return name.slice(name.indexOf(" ", PAGE_WORKER.length) + 1);
}

/** The global property with the `LocalDaemon` of this realm, if the realm is the service worker. */
export const LOCAL_DAEMON: unique symbol = Symbol.for("background-session.daemon");
