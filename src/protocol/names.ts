import { PROTOCOL } from "./versions.ts";

/**
 * Names of everything a scope owns in the origin. They contain the scope, which has no `#`, so that two apps never meet;
 * then a fixed word, whose `:` comes last; and only then what an app or we choose: it cannot compose another name.
 */
export interface ScopeNames {
  readonly database: string;
  readonly notices: string;
  /** The channel on which pages reach a daemon that is no service worker. */
  readonly commands: string;
  readonly daemonLock: string;
  readonly queue: string;
  /** The sync registration of the queue, as workbox makes it, and the periodic one. */
  readonly syncTag: string;
  /** The channel for the answer to one command. */
  reply(id: string): string;
  /** The lock of a session's owner, and the channel on which the realms that have it open talk. */
  ownerLock(identifier: string): string;
  /**
   * The lock under which one realm at a time finds out whether the owner is dead. Versions up to 0.1.0 named it
   * otherwise: a page of theirs may ask beside one of ours, and if both take the session, the first learns that it was
   * taken over.
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

/** Returns the name of the lock of a file that scripts have, in the scope of a database; without an id, how all begin. */
export function fileLockOf(database: string, fileId = ""): string {
  return `${database}#file:${fileId}`;
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
