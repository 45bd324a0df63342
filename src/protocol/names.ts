import { PROTOCOL } from "./versions.ts";

/**
 * Kinds of names that a scope owns in the origin, and what follows the scope in each. A scope has no `#` in it and no
 * fixed word has a `:` before its end, so that whatever an app chooses comes last and no two names are the same.
 */
const WORDS = {
  database: "",
  notices: "",
  queue: "",
  commands: "#commands",
  reply: "#commands:",
  daemonLock: "#daemon",
  ownerLock: "#owner:",
  successionLock: "#succession:",
  fileLock: "#file:",
} as const;

/** Names of everything a scope owns in the origin. They contain the scope, so that two apps never meet. */
export interface ScopeNames {
  readonly database: string;
  readonly notices: string;
  /** Of the channel on which pages reach a daemon that is no service worker. */
  readonly commands: string;
  readonly daemonLock: string;
  readonly queue: string;
  /** Of the sync registration of the queue, as workbox makes it; of the periodic one as well. */
  readonly syncTag: string;
  /** Of the channel for the answer to one command. */
  reply(id: string): string;
  /** Of the lock of a session's owner, and of the channel on which the realms that have it open talk. */
  ownerLock(identifier: string): string;
  /**
   * Of the lock under which one realm at a time finds out whether the owner is dead. Versions up to 0.1.0 named it
   * otherwise: a page of theirs may ask beside one of ours, and of two that take the session the first learns that it
   * was taken over.
   */
  successionLock(identifier: string): string;
}

/** Returns the names for a service worker scope, e.g. `https://example.com/app/`. */
export function namesOf(scope: string): ScopeNames {
  const prefix = `background-session:${new URL(scope).pathname}`;
  const named = (kind: keyof typeof WORDS, chosen = ""): string => prefix + WORDS[kind] + chosen;
  return {
    database: named("database"),
    notices: named("notices"),
    commands: named("commands"),
    daemonLock: named("daemonLock"),
    queue: named("queue"),
    syncTag: `workbox-background-sync:${named("queue")}`,
    reply: (id) => named("reply", id),
    ownerLock: (identifier) => named("ownerLock", identifier),
    successionLock: (identifier) => named("successionLock", identifier),
  };
}

/** Returns the name of the lock of a file that scripts have, in the scope of a database; without an id, how all begin. */
export function fileLockOf(database: string, fileId = ""): string {
  return database + WORDS.fileLock + fileId;
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
