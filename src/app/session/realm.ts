import { SessionError } from "../../protocol/session-error.ts";
import type { BackgroundSession } from "../background-session.ts";

interface Slot {
  session?: BackgroundSession;
  /** Settles when the slot is free again. */
  closing?: Promise<void>;
}

/** On the global object, so that two copies of the library in one realm know of each other. */
const SLOTS: unique symbol = Symbol.for("background-session.sessions");

function slots(): Map<string, Slot> {
  const realm = globalThis as { [SLOTS]?: Map<string, Slot> };
  realm[SLOTS] ??= new Map();
  return realm[SLOTS];
}

/**
 * Reserves the place of a session in this realm, and waits while a session of that identifier is being closed. If one is
 * open or being opened, it refuses: two objects of one identifier would compete for its events (S2).
 * @throws SessionError `session-in-use`
 */
export async function reserve(scope: string, identifier: string): Promise<Place> {
  const name = `${scope} ${identifier}`;
  for (let slot = slots().get(name); slot !== undefined; slot = slots().get(name)) {
    if (slot.closing === undefined) throw inUse(identifier);
    await slot.closing;
  }
  const slot: Slot = {};
  slots().set(name, slot);
  const free = (): void => {
    if (slots().get(name) === slot) slots().delete(name);
  };
  return {
    fill: (session) => {
      slot.session = session;
      globalThis.dispatchEvent?.(new Event("backgroundsessionopen"));
    },
    free,
    freeAfter: (closing) => {
      delete slot.session;
      slot.closing = closing.finally(free);
    },
  };
}

export interface Place {
  fill(session: BackgroundSession): void;
  free(): void;
  /** The session is over, but not yet gone. */
  freeAfter(closing: Promise<void>): void;
}

/** Returns the session of that identifier that is open in this realm; the first one if an app uses several scopes. */
export function liveSession(identifier: string): BackgroundSession | undefined {
  for (const { session } of slots().values()) if (session?.identifier === identifier) return session;
  return undefined;
}

function inUse(identifier: string): SessionError {
  const message =
    `The session "${identifier}" is already open in this page. Use BackgroundSession.current(identifier), ` +
    "or close() it first.";
  return new SessionError("session-in-use", message, { identifier });
}
