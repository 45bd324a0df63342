import * as fakeIndexedDB from "fake-indexeddb";
import { Database, type ReadTransaction, type WriteTransaction } from "../store/database.ts";
import { FakeLocks } from "./fake-locks.ts";
import { Realm, realm, whileAlive } from "./realm.ts";

/** Locks, channels, timers and a disk that know which realm uses them: as much of a browser as a session needs. */
export class FakeBrowser {
  readonly locks = new FakeLocks();
  readonly realms = new Set<Realm>();
  /** Errors that listeners have thrown: a browser reports them and goes on. */
  readonly uncaught: unknown[] = [];
  /** That of the app's worker, for code that looks for it. */
  registration: object | undefined;
  /** Nothing starts any more. */
  isClosed = false;
  readonly #channels = new Map<string, Set<FakeChannel>>();
  readonly #undo: (() => void)[] = [];

  /** Makes each global that of the realm that reads it. */
  install(): void {
    const browser = this;
    const own = globalThis as { document?: unknown; addEventListener?: (...values: unknown[]) => void };
    const { navigator, document = HIDDEN, addEventListener } = own as typeof own & { navigator?: object };
    for (const [name, value] of Object.entries(fakeIndexedDB)) {
      if (/^IDB|^indexedDB$/.test(name)) this.#define(name, () => value);
    }
    this.#define("navigator", () => this.#navigator(navigator));
    this.#define("document", () => (realm()?.kind === "page" ? document : undefined));
    this.#define("addEventListener", () => (type: string, listener: (event: unknown) => void) => {
      realm()?.listen(type, listener);
      addEventListener?.call(globalThis, type, listener);
    });
    this.#define(
      "BroadcastChannel",
      () =>
        class extends FakeChannel {
          constructor(name: string) {
            super(browser.#channel(name), realm(), browser.uncaught);
          }
        },
    );
    this.#define("MessageChannel", () => FakeMessageChannel);
    this.#define("reportError", () => () => {});
    for (const name of ["background-session.daemon", "background-session.sessions"]) {
      this.#defineOwn(Symbol.for(name));
    }
    this.#bindTimers();
    this.#makeDatabasesMortal();
  }

  uninstall(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }

  open(kind: Realm["kind"]): Realm {
    const opened = new Realm(kind);
    this.realms.add(opened);
    return opened;
  }

  /** Ends a realm between two lines: uncommitted transactions are lost, and its locks pass to the next. */
  kill(dying: Realm): void {
    if (dying.isDead) return;
    dying.isDead = true;
    this.realms.delete(dying);
    for (const tx of dying.transactions) {
      try {
        tx.abort();
      } catch {
        // It was just being committed.
      }
    }
    this.locks.releaseAllOf(dying);
    for (const channels of this.#channels.values()) {
      for (const channel of channels) if (channel.owner === dying) channels.delete(channel);
    }
  }

  /** That of jsdom and the like, if there is one, with what a session needs. */
  #navigator(outside: object = {}): object {
    const serviceWorker = {
      addEventListener: (_: string, listener: (event: unknown) => void) =>
        realm()?.listen("message", listener),
      startMessages: () => {},
      ...(this.registration !== undefined && {
        getRegistration: async () => this.registration,
        getRegistrations: async () => [this.registration],
        register: async () => this.registration,
      }),
    };
    const added = { locks: this.locks, ...(realm()?.kind === "page" && { serviceWorker }) };
    return new Proxy(outside, {
      get: (target, name) => Reflect.get(name in added ? added : target, name),
      has: (target, name) => name in added || name in target,
    });
  }

  #channel(name: string): Set<FakeChannel> {
    const known = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, known);
    return known;
  }

  #define(name: string, get: () => unknown): void {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { get, configurable: true });
    this.#undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, before);
    });
  }

  /** Defines a property that each realm has for itself. */
  #defineOwn(name: symbol): void {
    Object.defineProperty(globalThis, name, {
      get: () => realm()?.globals.get(name),
      set: (value: unknown) => void realm()?.globals.set(name, value),
      configurable: true,
    });
    this.#undo.push(() => Reflect.deleteProperty(globalThis, name));
  }

  /** A timer fires in the realm that set it, if that is still alive. */
  #bindTimers(): void {
    for (const name of ["setTimeout", "setInterval"] as const) {
      const set = globalThis[name] as (act: () => void, delayMs?: number) => unknown;
      const bound = (
        act: (...values: unknown[]) => void,
        delayMs?: number,
        ...values: unknown[]
      ): unknown => {
        const own = realm();
        return set(() => {
          if (own === undefined) act(...values);
          else if (!own.isDead) own.run(() => act(...values));
        }, delayMs);
      };
      Object.assign(globalThis, { [name]: bound });
      this.#undo.push(() => void Object.assign(globalThis, { [name]: set }));
    }
  }

  #makeDatabasesMortal(): void {
    const { read, write } = Database.prototype;
    const during =
      <Tx extends ReadTransaction | WriteTransaction, Result>(body: (tx: Tx) => Promise<Result>) =>
      (tx: Tx): Promise<Result> => {
        const own = realm();
        if (own?.isDead) tx.abort();
        own?.transactions.add(tx);
        tx.done.catch(() => {}).finally(() => own?.transactions.delete(tx));
        return body(tx);
      };
    Database.prototype.read = function (stores, body) {
      return whileAlive(() => read.call(this, stores, during(body)) as ReturnType<typeof body>);
    };
    Database.prototype.write = function (stores, durability, body) {
      return whileAlive(() => write.call(this, stores, durability, during(body)) as ReturnType<typeof body>);
    };
    this.#undo.push(() => void Object.assign(Database.prototype, { read, write }));
  }
}

const HIDDEN = {
  visibilityState: "hidden",
  baseURI: "https://app.test/",
  addEventListener: () => {},
  getElementsByTagName: () => [],
};

class FakeChannel {
  readonly owner: Realm | undefined;
  readonly #all: Set<FakeChannel>;
  readonly #uncaught: unknown[];
  onmessage: ((event: { data: unknown }) => void) | undefined;

  constructor(all: Set<FakeChannel>, owner: Realm | undefined, uncaught: unknown[]) {
    this.owner = owner;
    this.#all = all;
    this.#uncaught = uncaught;
    all.add(this);
  }

  postMessage(data: unknown): void {
    if (this.owner?.isDead) return;
    const copy = structuredClone(data);
    for (const channel of this.#all) {
      if (channel !== this) setImmediate(() => channel.#receive(copy));
    }
  }

  close(): void {
    this.#all.delete(this);
  }

  #receive(data: unknown): void {
    if (!this.#all.has(this) || this.owner?.isDead) return;
    const hear = (): void => this.onmessage?.({ data });
    try {
      if (this.owner === undefined) hear();
      else this.owner.run(hear);
    } catch (error) {
      this.#uncaught.push(error);
    }
  }
}

/** Two ports; the realm that made the channel hears what arrives at the first, wherever the second one was sent. */
class FakeMessageChannel {
  readonly port1: { onmessage?: (event: { data: unknown }) => void; close(): void };
  readonly port2: { postMessage(data: unknown): void };

  constructor() {
    const own = realm();
    let isOpen = true;
    const port1: FakeMessageChannel["port1"] = {
      close: () => {
        isOpen = false;
      },
    };
    const hear = (data: unknown): void => {
      if (!isOpen || own?.isDead) return;
      const call = (): void => port1.onmessage?.({ data });
      if (own === undefined) call();
      else own.run(call);
    };
    this.port1 = port1;
    this.port2 = { postMessage: (data) => void setImmediate(hear, structuredClone(data)) };
  }
}
