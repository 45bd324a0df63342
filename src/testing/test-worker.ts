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
import type { HandleEvents } from "../sw/launches/active-launch.ts";
import type { DaemonHost } from "../sw/ports/daemon-host.ts";
import type { FakeBrowser } from "./fake-browser.ts";
import type { Network } from "./network.ts";
import { type Realm, whileAlive } from "./realm.ts";

export interface TestWorkerOptions {
  readonly browser: FakeBrowser;
  readonly network: Network;
  readonly scope: string;
  readonly launch: HandleEvents | undefined;
}

interface Life {
  readonly realm: Realm;
  readonly window: EventWindow;
  readonly handle: (command: Command, page: string) => Promise<unknown>;
}

/** The app's worker with the library's daemon: started by whatever needs it, and stopped by the test. */
export class TestWorker {
  readonly #options: TestWorkerOptions;
  #life: Life | undefined;

  constructor(options: TestWorkerOptions) {
    this.#options = options;
    this.registration = {
      scope: options.scope,
      installing: null,
      waiting: null,
      active: this.#active,
      addEventListener: () => {},
      update: async () => {},
      sync: { register: async () => {} },
    };
    options.browser.registration = this.registration;
  }

  readonly #active = {
    scriptURL: "https://app.test/sw.js",
    state: "activated",
    postMessage: (message: CommandMessage, ports?: unknown[]) => this.#post(message, ports),
  };

  /** As a page sees it; always the same object, since another one would be a new registration. */
  readonly registration: object;

  stop(): void {
    if (this.#life !== undefined) this.#options.browser.kill(this.#life.realm);
    this.#life = undefined;
    this.#options.network.cutAll();
  }

  /** The browser wakes the worker, as for a sync event. */
  wake(): void {
    const { realm, window } = this.#boot();
    const request = { isLastChance: false, again: async () => {} };
    realm.run(() => void window.useSync(request).catch(() => {}));
  }

  #post({ command }: CommandMessage, ports: unknown[] = []): void {
    const [port] = ports as { postMessage(data: unknown): void }[];
    setImmediate(() => {
      if (this.#options.browser.isClosed) return;
      const { realm, handle, window } = this.#boot();
      realm.run(() => {
        void answerTo(command, "page", handle).then((answer) => {
          if (!realm.isDead) port?.postMessage(answer);
        });
        const parsed = parseCommand(command);
        if (typeof parsed === "object" && parsed.type === "presence" && parsed.isLeaving)
          void window.useLeave();
      });
    });
  }

  #boot(): Life {
    if (this.#life !== undefined) return this.#life;
    const realm = this.#options.browser.open("worker");
    this.#life = realm.run(() => this.#start(realm));
    return this.#life;
  }

  #start(realm: Realm): Life {
    const daemon = new Daemon({
      host: this.#host(realm),
      transport: this.#options.network.transport,
      handleEvents: this.#options.launch,
      onWork: () => {},
    });
    const handle = (command: Command, page: string): Promise<unknown> => daemon.handle(command, page);
    const local: LocalDaemon = {
      scope: this.#options.scope,
      request: (command) => answerTo(command, "", handle),
      owned: daemon.owners.owned,
      launchOf: (session) => daemon.launches.of(session),
    };
    realm.globals.set(LOCAL_DAEMON, local);
    daemon.start();
    return { realm, handle, window: new EventWindow(daemon) };
  }

  #host(realm: Realm): DaemonHost {
    const { browser, network, scope } = this.#options;
    const names = namesOf(scope);
    const channel = new BroadcastChannel(names.notices);
    const pages = (): Realm[] => [...browser.realms].filter(({ kind }) => kind === "page");
    return {
      database: new Database(names.database),
      origin: new URL(scope).origin,
      now: () => Date.now(),
      random: () => 0.5,
      isOnline: () => true,
      isExpensive: () => undefined,
      isConstrained: () => undefined,
      isMultiplexed: () => undefined,
      connectionTo: () => undefined,
      fetch: (request) => whileAlive(() => network.fetch(request)),
      freeBytes: async () => undefined,
      broadcast: (notice) => channel.postMessage(notice),
      askForPresence: async () => {
        const question = { data: PRESENCE_QUESTION, source: this.#active };
        for (const page of pages()) setImmediate(() => page.dispatch("message", question));
        return pages().length;
      },
      isOwnerLocked: async (session) => {
        const { held } = await browser.locks.query();
        return held.some(({ name }) => name === names.ownerLock(session));
      },
      exclusively: (body, signal) =>
        realm.run(() => exclusively(navigator.locks, names.daemonLock, body, signal)),
      fetches: new BackgroundFetches(undefined),
      isFetchAllowed: async () => true,
      startFetch: async () => ({ isStarted: false, error: "no page" }),
      isLookedAt: async () => true,
      shown: async () => [],
      hide: async () => {},
      notify: async () => {},
      log: () => {},
      reportError: (error) => void browser.uncaught.push(error),
    };
  }
}
