import { Database, type ReadTransaction, type WriteTransaction } from "../store/database.ts";
import { installBodies } from "./dom-bodies.ts";
import { installMembers } from "./dom-members.ts";
import { installRequests } from "./dom-requests.ts";
import { FakeCaches } from "./fake-caches.ts";
import { FakeChannel, FakeMessageChannel } from "./fake-channels.ts";
import { installDisk } from "./fake-disk.ts";
import { FakeDirectoryHandle, FakeFileHandle } from "./fake-files.ts";
import { FakeLocks } from "./fake-locks.ts";
import { Globals } from "./globals.ts";
import type { Listening } from "./listeners.ts";
import { Realm, realm, whileAlive } from "./realm.ts";

/** Locks, channels, timers and a disk that know which realm uses them: as much of a browser as a session needs. */
export class FakeBrowser {
  readonly locks: FakeLocks = new FakeLocks();
  readonly realms: Set<Realm> = new Set();
  /** What listeners have thrown: a browser goes on. */
  readonly uncaught: unknown[] = [];
  /** Hears what was reported as uncaught: errors of the app's own code. */
  onReport: (error: unknown) => void = () => {};
  /** The `navigator.serviceWorker` of pages, besides its messages. */
  container: object = {};
  isOnline = true;
  readonly #caches = new FakeCaches();
  readonly #files = new FakeDirectoryHandle();
  readonly #channels = new Map<string, Set<FakeChannel>>();
  readonly #globals = new Globals();

  /** The scope of the app's worker: the origin of jsdom and the like, if there is one that can have a worker. */
  get scope(): string {
    const { href = LOCATION.href } = globalThis.location ?? {};
    return new URL("/", href.startsWith("http") ? href : LOCATION.href).href;
  }

  /** Whether a transaction is under way. */
  get isBusy(): boolean {
    return [...this.realms].some(({ transactions }) => transactions.size > 0);
  }

  /** Makes each global that of the realm that reads it, and gives the browser an empty disk. */
  install(): void {
    const browser = this;
    const globals = this.#globals;
    const { navigator, document = DOCUMENT } = globalThis as Partial<typeof globalThis>;
    installDisk(globals);
    installBodies(globals);
    installRequests(globals);
    installMembers(globals);
    globals.define("navigator", () => this.#navigator(navigator));
    globals.define("document", () => (realm()?.kind === "page" ? document : undefined));
    if (globalThis.location === undefined) globals.define("location", () => LOCATION);
    this.#installListeners();
    const Channel = class extends FakeChannel {
      constructor(name: string) {
        super(browser.#channel(name), realm(), browser.uncaught);
      }
    };
    globals.define("BroadcastChannel", () => Channel);
    globals.define("MessageChannel", () => FakeMessageChannel);
    globals.define("caches", () => this.#caches);
    globals.define("FileSystemFileHandle", () => FakeFileHandle);
    globals.define("FileSystemDirectoryHandle", () => FakeDirectoryHandle);
    globals.define("reportError", () => (error: unknown) => this.onReport(error));
    for (const name of ["background-session.daemon", "background-session.sessions"])
      globals.defineOwn(Symbol.for(name));
    this.#bindTimers();
    this.#makeDatabasesMortal();
  }

  uninstall(): void {
    this.#globals.restore();
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
      addEventListener: (...listening: Listening) => void realm()?.listeners.add(...listening),
      removeEventListener: (...listening: Listening) => void realm()?.listeners.remove(...listening),
      startMessages: () => {},
      ...this.container,
    };
    const isPage = realm()?.kind === "page";
    const storage = { getDirectory: async () => this.#files };
    const added = { locks: this.locks, onLine: this.isOnline, storage, ...(isPage && { serviceWorker }) };
    return new Proxy(outside, {
      get: (target, name) => {
        if (name in added) return Reflect.get(added, name);
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
      has: (target, name) => name in added || name in target,
    });
  }

  /** A realm hears the events of its browser, and those of jsdom and the like. */
  #installListeners(): void {
    const { addEventListener, removeEventListener } = globalThis as Partial<typeof globalThis>;
    const add = (...[type, listener, options]: Listening): void => {
      const own = realm();
      const hear = own === undefined ? listener : own.listeners.add(type, listener, options);
      if (hear) addEventListener?.call(globalThis, type, hear, options as AddEventListenerOptions);
    };
    const remove = (...[type, listener, options]: Listening): void => {
      const hear = realm()?.listeners.remove(type, listener, options) ?? listener;
      if (hear) removeEventListener?.call(globalThis, type, hear, options as EventListenerOptions);
    };
    this.#globals.define("addEventListener", () => add);
    this.#globals.define("removeEventListener", () => remove);
  }

  #channel(name: string): Set<FakeChannel> {
    const known = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, known);
    return known;
  }

  /** A timer or a frame fires in the realm that set it, if that is still alive. */
  #bindTimers(): void {
    for (const name of ["setTimeout", "setInterval", "requestAnimationFrame"] as const) {
      const set = globalThis[name] as
        | ((act: (...told: unknown[]) => void, ms?: number) => unknown)
        | undefined;
      if (set === undefined) continue;
      this.#globals.set(
        globalThis,
        name,
        (act: (...values: unknown[]) => void, delayMs?: number, ...values: unknown[]): unknown => {
          const own = realm();
          // A frame is told the time.
          return set((...told) => {
            if (own === undefined) act(...told, ...values);
            else if (!own.isDead) own.run(() => act(...told, ...values));
          }, delayMs);
        },
      );
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
    const mortal: Pick<Database, "read" | "write"> = {
      read(this: Database, stores, body) {
        return whileAlive(() => read.call(this, stores, during(body)) as ReturnType<typeof body>);
      },
      write(this: Database, stores, durability, body) {
        return whileAlive(
          () => write.call(this, stores, durability, during(body)) as ReturnType<typeof body>,
        );
      },
    };
    for (const name of ["read", "write"] as const) this.#globals.set(Database.prototype, name, mortal[name]);
  }
}

const LOCATION = { href: "https://app.test/", origin: "https://app.test", pathname: "/", protocol: "https:" };

const DOCUMENT = {
  visibilityState: "hidden",
  baseURI: LOCATION.href,
  addEventListener: () => {},
  getElementsByTagName: () => [],
};
