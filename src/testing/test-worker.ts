import { type Command, type CommandMessage, parseCommand } from "../protocol/commands.ts";
import type { LocalDaemon } from "../protocol/local-daemon.ts";
import { LOCAL_DAEMON, namesOf } from "../protocol/names.ts";
import { PRESENCE_QUESTION } from "../protocol/notices.ts";
import { Database } from "../store/database.ts";
import { BackgroundFetches } from "../sw/background-fetch/background-fetches.ts";
import { Daemon } from "../sw/daemon.ts";
import { answerTo } from "../sw/host/command-answer.ts";
import { exclusively } from "../sw/host/daemon-lock.ts";
import { EventWindow } from "../sw/host/event-window.ts";
import { keptLog } from "../sw/host/kept-log.ts";
import type { DaemonHost } from "../sw/ports/daemon-host.ts";
import type { StartDaemonOptions } from "../sw/start-daemon.ts";
import { fetchTransport } from "../sw/transports/fetch-transport.ts";
import { KNOWN } from "../sw/uploads/tus/offers.ts";
import type { FakeBrowser } from "./fake-browser.ts";
import type { Network } from "./network.ts";
import { type Realm, realm, whileAlive } from "./realm.ts";

/** What the app passes to `startDaemon()` in its worker. */
export interface TestDaemonOptions extends StartDaemonOptions {}

interface Life {
  readonly realm: Realm;
  readonly daemon: Daemon;
  readonly window: EventWindow;
  readonly handle: (command: Command, page: string) => Promise<unknown>;
}

/** The app's worker with the library's daemon: started by whatever needs it, and stopped by the test. */
export class TestWorker {
  readonly #browser: FakeBrowser;
  readonly #network: Network;
  readonly #options: TestDaemonOptions;
  /** Each page has an object of its own for one registration. */
  readonly #registrations = new WeakMap<Realm, ServiceWorkerRegistration>();
  #scope: string;
  /** The address of the script that the app names; undefined if it names none. */
  #scriptUrl: string | undefined;
  #life: Life | undefined;
  #hasWork = false;
  /** Nothing starts it any more. */
  isGone = false;

  constructor(browser: FakeBrowser, network: Network, options: TestDaemonOptions) {
    this.#browser = browser;
    this.#network = network;
    this.#scope = browser.scope;
    this.#options = options;
    const registration = () => this.registration;
    browser.container = {
      get ready() {
        return Promise.resolve(registration());
      },
      get controller() {
        return registration().active;
      },
      getRegistration: async () => this.registration,
      getRegistrations: async () => [this.registration],
      // The script may have any name: this is the worker that it starts.
      register: async (url: URL | string, { scope = "." }: RegistrationOptions = {}) => {
        const script = new URL(url, browser.scope);
        this.#scriptUrl = script.href;
        if (this.#life === undefined) this.#scope = new URL(scope, script).href;
        return this.registration;
      },
    };
  }

  get scope(): string {
    return this.#scope;
  }

  /** As the page sees it that runs now. */
  get registration(): ServiceWorkerRegistration {
    const page = realm();
    const known = page && this.#registrations.get(page);
    if (known !== undefined) return known;
    const scriptUrl = (): string | undefined => this.#scriptUrl;
    const scope = (): string => this.#scope;
    const active = {
      get scriptURL() {
        return scriptUrl();
      },
      state: "activated",
      addEventListener: () => {},
      postMessage: (message: CommandMessage, ports?: unknown[]) => this.#post(message, ports),
    };
    const made = {
      get scope() {
        return scope();
      },
      active,
      installing: null,
      waiting: null,
      addEventListener: () => {},
      update: async () => {},
      sync: { register: async () => {} },
    };
    const registration = made as unknown as ServiceWorkerRegistration;
    if (page !== undefined) this.#registrations.set(page, registration);
    return registration;
  }

  /** Whether the app is launched in it. */
  get isLaunching(): boolean {
    return this.#life?.daemon.launches.isLaunching ?? false;
  }

  stop(): void {
    if (this.#life !== undefined) this.#browser.kill(this.#life.realm);
    this.#life = undefined;
    // A new worker loads its modules anew.
    KNOWN.clear();
    this.#network.cutAll();
  }

  /** The browser wakes the worker, as for a sync event. */
  wake(): void {
    const { realm: own, window } = this.#boot();
    const request = { isLastChance: false, again: async () => {} };
    own.run(() => void window.useSync(request).catch(() => {}));
  }

  /** The network came or went. If it came, the browser fires the sync event that work has registered. */
  networkChanged(): void {
    const life = this.#life;
    life?.realm.run(() => life.daemon.networkChanged());
    if (this.#network.isOnline && this.#hasWork) this.wake();
  }

  #post({ command }: CommandMessage, ports: unknown[] = []): void {
    const [port] = ports as { postMessage(data: unknown): void }[];
    setImmediate(() => {
      if (this.isGone) return;
      const { realm: own, handle, window } = this.#boot();
      own.run(() => {
        void answerTo(command, "page", handle).then((answer) => {
          if (!own.isDead) port?.postMessage(answer);
        });
        const parsed = parseCommand(command);
        if (typeof parsed === "object" && parsed.type === "presence" && parsed.isLeaving)
          void window.useLeave();
      });
    });
  }

  #boot(): Life {
    if (this.#life !== undefined) return this.#life;
    const own = this.#browser.open("worker");
    this.#life = own.run(() => this.#start(own));
    return this.#life;
  }

  #start(own: Realm): Life {
    const {
      handleEventsForBackgroundSession: handleEvents,
      parallelRanges,
      onlog,
      ...options
    } = this.#options;
    const log = keptLog(namesOf(this.#scope), () => daemon, onlog);
    const carrying = this.#network.carrying.bind(this.#network);
    const daemon: Daemon = new Daemon({
      ...options,
      host: this.#host(own, log),
      transport: carrying(fetchTransport),
      uploadProtocols: (options.uploadProtocols ?? []).map((protocol) => ({
        ...protocol,
        transport: carrying(protocol.transport),
        discard: this.#network.sendingFor(protocol.discard),
      })),
      ...(parallelRanges && { parallelRanges: { transport: carrying(parallelRanges.transport) } }),
      handleEvents,
      onWork: (hasWork) => {
        this.#hasWork = hasWork;
      },
    });
    const handle = (command: Command, page: string): Promise<unknown> => daemon.handle(command, page);
    const local: LocalDaemon = {
      scope: this.#scope,
      request: (command) => answerTo(command, "", handle),
      owned: daemon.owners.owned,
      launchOf: (session) => daemon.launches.of(session),
    };
    own.globals.set(LOCAL_DAEMON, local);
    daemon.start();
    return { realm: own, daemon, handle, window: new EventWindow(daemon) };
  }

  #host(own: Realm, log: DaemonHost["log"]): DaemonHost {
    const browser = this.#browser;
    const network = this.#network;
    const names = namesOf(this.#scope);
    const channel = new BroadcastChannel(names.notices);
    const pages = (): Realm[] => [...browser.realms].filter(({ kind }) => kind === "page");
    return {
      database: new Database(names.database),
      origin: new URL(this.#scope).origin,
      now: () => Date.now(),
      // A test is the same each time.
      random: () => 0.5,
      isOnline: () => network.isOnline,
      isExpensive: () => undefined,
      isConstrained: () => undefined,
      isMultiplexed: () => undefined,
      connectionTo: () => undefined,
      fetch: (request) => whileAlive(() => network.fetch(request)),
      freeBytes: async () => undefined,
      broadcast: (notice) => channel.postMessage(notice),
      askForPresence: async () => {
        for (const page of pages()) {
          const source = page.run(() => this.registration.active);
          setImmediate(() => page.dispatch("message", { data: PRESENCE_QUESTION, source }));
        }
        return pages().length;
      },
      isOwnerLocked: async (session) => {
        const { held } = await browser.locks.query();
        return held.some(({ name }) => name === names.ownerLock(session));
      },
      exclusively: (body, signal) =>
        own.run(() => exclusively(navigator.locks, names.daemonLock, body, signal)),
      fetches: new BackgroundFetches(undefined),
      isFetchAllowed: async () => true,
      startFetch: async () => ({ isStarted: false, error: "no page" }),
      isLookedAt: async () => pages().length > 0,
      shown: async () => [],
      hide: async () => {},
      notify: async () => {},
      log,
      reportError: (error) => void browser.uncaught.push(error),
    };
  }
}
