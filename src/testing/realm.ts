import { hooks } from "./node-builtins.ts";

/** One JavaScript global: a page load, or one start of a service worker. Everything that runs in it dies with it. */
export class Realm {
  readonly kind: "page" | "worker";
  readonly #listeners = new Map<string, Set<(event: Event) => void>>();
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

  /** Hears the events of a type, until the `signal` of the options is aborted. @returns what to pass to `unlisten` */
  listen(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: unknown,
  ): (event: Event) => void {
    const hear = (event: Event): void => {
      if (this.isDead) return;
      this.run(() => (typeof listener === "function" ? listener(event) : listener.handleEvent(event)));
    };
    const known = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, known.add(hear));
    const { signal } = Object(options) as AddEventListenerOptions;
    signal?.addEventListener("abort", () => known.delete(hear));
    return hear;
  }

  unlisten(type: string, hear: ((event: Event) => void) | undefined): void {
    if (hear !== undefined) this.#listeners.get(type)?.delete(hear);
  }

  dispatch(type: string, event: object = {}): void {
    for (const hear of [...(this.#listeners.get(type) ?? [])]) hear({ type, ...event } as Event);
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
