import { Listeners } from "./listeners.ts";
import { hooks } from "./node-builtins.ts";

/** One JavaScript global: a page load, or one start of a service worker. Everything that runs in it dies with it. */
export class Realm {
  readonly kind: "page" | "worker";
  readonly listeners: Listeners = new Listeners((call) => {
    if (!this.isDead) this.run(call);
  });
  readonly transactions: Set<{ abort(): void }> = new Set();
  /** The library's properties of its global object. */
  readonly globals: Map<symbol, unknown> = new Map();
  isDead = false;

  constructor(kind: "page" | "worker") {
    this.kind = kind;
  }

  /** Runs code in this realm, and everything that follows from it. */
  run<Result>(body: () => Result): Result {
    return current.run(this, body);
  }

  dispatch(type: string, event?: object): void {
    this.listeners.dispatch(type, event);
  }
}

const current = new hooks.AsyncLocalStorage<Realm>();
let outer: Realm | undefined;

/** The realm whose code runs now. */
export function realm(): Realm | undefined {
  return current.getStore() ?? outer;
}

/** Code outside of every realm belongs to this one from now on. */
export function setOuterRealm(owner: Realm | undefined): void {
  outer = owner;
}

/** A promise that a dead realm waits for. */
function forever<Value>(): Promise<Value> {
  return new Promise(() => {});
}

/** Settles only if the realm is still alive. */
export async function whileAlive<Value>(act: () => Promise<Value>): Promise<Value> {
  const own = realm();
  if (own?.isDead) return forever();
  try {
    const value = await act();
    return own?.isDead ? forever() : value;
  } catch (error) {
    if (own?.isDead) return forever();
    throw error;
  }
}
