import type { OnBusy, SessionDelegate } from "../../src/app/index.ts";
import { BackgroundSession } from "../../src/app/session/session.ts";
import { type Command, type CommandMessage, parseCommand } from "../../src/protocol/commands.ts";
import type { LocalDaemon } from "../../src/protocol/local-daemon.ts";
import { LOCAL_DAEMON, namesOf } from "../../src/protocol/names.ts";
import { PRESENCE_QUESTION } from "../../src/protocol/notices.ts";
import { Database } from "../../src/store/database.ts";
import { BackgroundFetches } from "../../src/sw/background-fetch/background-fetches.ts";
import { Daemon } from "../../src/sw/daemon.ts";
import { answerTo } from "../../src/sw/host/command-answer.ts";
import { exclusively } from "../../src/sw/host/daemon-lock.ts";
import { EventWindow } from "../../src/sw/host/event-window.ts";
import type { LogEntry } from "../../src/sw/log.ts";
import type { DaemonHost } from "../../src/sw/ports/daemon-host.ts";
import { fetchTransport } from "../../src/sw/transports/fetch-transport.ts";
import { FakeBrowser } from "../../src/testing/fake-browser.ts";
import { type Realm, whileAlive } from "../../src/testing/realm.ts";
import { RangeServer } from "./range-server.ts";

/** One call of the delegate, as the app logged it. */
export interface Heard {
  readonly realm: Realm;
  readonly type: string;
  readonly eventId?: string;
  readonly taskId?: string;
  /** The file of a finished download. */
  readonly file?: File;
}

/** The ways in which an app ends a session from within its callbacks; `undefined`: as in Apple's six steps. */
export const ENDS = {
  finish: (session: BackgroundSession) => session.finishTasksAndInvalidate(),
  cancel: (session: BackgroundSession) => session.invalidateAndCancel(),
  close: (session: BackgroundSession) => session.close(),
} as const;

export interface WayToEnd {
  readonly where: "delegate" | "function";
  readonly how: keyof typeof ENDS;
}

interface Worker {
  readonly realm: Realm;
  readonly daemon: Daemon;
  readonly window: EventWindow;
  readonly handle: (command: Command, page: string) => Promise<unknown>;
}

const LAUNCH_MS = 150_000;

let count = 0;

/**
 * An app with its worker, in a browser that stops and kills anything at any time: the library's own code on both
 * sides, surrounded by a browser and a server that do what a test says.
 */
export class LaunchWorld {
  readonly browser = new FakeBrowser();
  readonly server = new RangeServer();
  readonly scope: string;
  /** Belongs to no realm: it reads what is on disk. */
  readonly disk: Database;
  readonly heard: Heard[] = [];
  /** The durable events whose promise was fulfilled. */
  readonly settled: string[] = [];
  readonly log: LogEntry[] = [];
  readonly violations: string[] = [];
  readonly pages = new Map<Realm, BackgroundSession | undefined>();
  /** Whether the nth call of the delegate waits to be released. */
  isHeld: (nth: number) => boolean = () => false;
  /** Whether the app forgets to call its completion handler in the nth launch. */
  isForgotten: (nth: number) => boolean = () => false;
  /** How the app ends its session in the nth launch, or in a page (-1). */
  wayOf: (nth: number) => WayToEnd | undefined = () => undefined;
  /** The places in which a session became invalid. */
  readonly ended: string[] = [];
  isSyncRegistered = false;
  launches = 0;
  #worker: Worker | undefined;
  #gates: (() => void)[] = [];
  #messages = 0;

  constructor() {
    count += 1;
    this.scope = `https://app.test/${count}/`;
    this.browser.install();
    this.disk = new Database(namesOf(this.scope).database);
  }

  close(): void {
    this.killBrowser();
    this.disk.close();
    this.browser.uninstall();
  }

  get daemon(): Daemon | undefined {
    return this.#worker?.daemon;
  }

  async openPage(onBusy: OnBusy): Promise<void> {
    const page = this.browser.open("page");
    this.pages.set(page, undefined);
    const session = await page.run(() =>
      BackgroundSession.open("session", {
        serviceWorker: this.#registration as never,
        delegate: this.#delegate(page, () => {}, this.wayOf(-1)),
        completionHandlers: {
          done: (_result, id, { eventId }) =>
            void this.heard.push({ realm: page, type: "done", taskId: id, eventId }),
        },
        onBusy,
      }).catch(() => undefined),
    );
    if (this.pages.has(page)) this.pages.set(page, session);
  }

  closePage(page: Realm): void {
    page.dispatch("pagehide", { persisted: false });
    this.crashPage(page);
  }

  crashPage(page: Realm): void {
    this.pages.delete(page);
    this.browser.kill(page);
  }

  stopWorker(): void {
    if (this.#worker !== undefined) this.browser.kill(this.#worker.realm);
    this.#worker = undefined;
    for (const exchange of this.server.exchanges.splice(0)) exchange.cut();
  }

  killBrowser(): void {
    for (const page of [...this.pages.keys()]) this.crashPage(page);
    this.stopWorker();
  }

  /** The browser fires the registered sync event; if its worker is stopped, it stays registered. */
  fireSync(): void {
    this.isSyncRegistered = true;
    const { realm, window } = this.#boot();
    const request = {
      isLastChance: false,
      again: async () => {
        this.isSyncRegistered ||= this.pages.size > 0;
      },
    };
    void realm.run(() =>
      window.useSync(request).then(
        () => {
          this.isSyncRegistered = false;
        },
        () => {},
      ),
    );
  }

  /** Releases the delegate call that has waited longest. */
  release(): void {
    this.#gates.shift()?.();
  }

  /** From now on the app does everything right, and at once. */
  behave(): void {
    this.isHeld = () => false;
    this.isForgotten = () => false;
    this.wayOf = () => undefined;
    for (const open of this.#gates.splice(0)) open();
  }

  tell(command: Command): void {
    void this.#worker?.realm.run(() => this.#worker?.handle(command, "page"));
  }

  readonly #active = {
    postMessage: (message: CommandMessage, ports?: unknown[]) => this.#post(message, ports),
  };

  get #registration(): object {
    return {
      scope: this.scope,
      installing: null,
      waiting: null,
      active: this.#active,
      sync: {
        register: async () => {
          this.isSyncRegistered = true;
        },
      },
    };
  }

  #post({ command }: CommandMessage, ports: unknown[] = []): void {
    const [port] = ports as { postMessage(data: unknown): void }[];
    setImmediate(() => {
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

  #boot(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const realm = this.browser.open("worker");
    this.#worker = realm.run(() => this.#startWorker(realm));
    return this.#worker;
  }

  #startWorker(realm: Realm): Worker {
    const daemon = new Daemon({
      host: this.#host(realm),
      transport: fetchTransport,
      handleEvents: (identifier, handler) => this.#launch(realm, identifier, handler),
      onWork: () => {},
    });
    const handle = (command: Command, page: string): Promise<unknown> => daemon.handle(command, page);
    const local: LocalDaemon = {
      scope: this.scope,
      request: (command) => answerTo(command, "", handle),
      owned: daemon.owners.owned,
      launchOf: (session) => daemon.launches.of(session),
    };
    realm.globals.set(LOCAL_DAEMON, local);
    daemon.start();
    return { realm, daemon, handle, window: new EventWindow(daemon) };
  }

  /** The app's side of a launch, as in Apple's six steps. */
  async #launch(realm: Realm, identifier: string, completionHandler: () => void): Promise<void> {
    const nth = this.launches;
    const way = this.wayOf(nth);
    this.launches += 1;
    let isHandled = false;
    const begunAt = Date.now();
    let finishes = 0;
    const handlers = new Map<BackgroundSession, () => void>();
    const delegate = this.#delegate(
      realm,
      async (ended) => {
        finishes += 1;
        if (finishes > 1) this.violations.push("didFinishEvents came twice in one launch");
        const handler = handlers.get(ended);
        handlers.delete(ended);
        if (this.isForgotten(nth)) return;
        handler?.();
        if (handler !== undefined && isUsable(ended))
          this.violations.push("usable after its completion handler");
      },
      way,
    );
    await this.#gate();
    const session = await BackgroundSession.open(identifier, {
      delegate: spied(delegate, () => {
        // A launch that takes longer is given up, and a session that it opens after that is an ordinary one.
        if (!isHandled && Date.now() - begunAt < LAUNCH_MS)
          this.violations.push("a message before the launch was handled");
      }),
    });
    handlers.set(session, completionHandler);
    await this.#gate();
    isHandled = true;
    if (way?.where !== "function") return;
    await this.#end(session, way);
    if (!this.isForgotten(nth)) completionHandler();
  }

  async #end(session: BackgroundSession, { how }: WayToEnd): Promise<void> {
    try {
      await ENDS[how](session);
    } catch {
      // Another realm took the session meanwhile.
    }
  }

  #delegate(
    realm: Realm,
    onFinish: (session: BackgroundSession) => unknown,
    way: WayToEnd | undefined,
  ): SessionDelegate {
    let isInvalid = false;
    const note = async (type: string, taskId: string, eventId: string, file?: File): Promise<void> => {
      if (isInvalid) this.violations.push(`${type} after didBecomeInvalid`);
      this.heard.push({ realm, type, taskId, eventId, ...(file && { file }) });
      await this.#gate();
      const session = realm.run(() => BackgroundSession.current("session"));
      if (way?.where === "delegate" && session !== undefined) await this.#end(session, way);
      this.settled.push(`${type} ${taskId}`);
    };
    return {
      didFinishDownloading: (task, file, { eventId }) => note("didFinishDownloading", task.id, eventId, file),
      didComplete: (task, _error, { eventId }) => note("didComplete", task.id, eventId),
      didFinishEvents: async (session) => {
        if (isInvalid) this.violations.push("didFinishEvents after didBecomeInvalid");
        this.heard.push({ realm, type: "didFinishEvents" });
        await this.#gate();
        await onFinish(session);
      },
      didBecomeInvalid: () => {
        if (isInvalid) this.violations.push("didBecomeInvalid twice");
        isInvalid = true;
        this.ended.push(realm.kind);
      },
    };
  }

  #gate(): Promise<void> {
    this.#messages += 1;
    if (!this.isHeld(this.#messages)) return Promise.resolve();
    return new Promise((resolve) => this.#gates.push(resolve));
  }

  #host(realm: Realm): DaemonHost {
    const names = namesOf(this.scope);
    const channel = new BroadcastChannel(names.notices);
    return {
      database: new Database(names.database),
      origin: "https://app.test",
      now: () => Date.now(),
      random: () => 0.5,
      isOnline: () => true,
      isExpensive: () => undefined,
      isConstrained: () => undefined,
      isMultiplexed: () => undefined,
      connectionTo: () => undefined,
      fetch: (request) => whileAlive(() => this.server.fetch(request)),
      freeBytes: async () => undefined,
      broadcast: (notice) => channel.postMessage(notice),
      askForPresence: async () => {
        for (const page of this.pages.keys()) {
          const question = { data: PRESENCE_QUESTION, source: this.#active };
          setImmediate(() => page.dispatch("message", question));
        }
        return this.pages.size;
      },
      isOwnerLocked: async (session) => {
        const { held } = await this.browser.locks.query();
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
      log: (entry) => void this.log.push(entry),
      reportError: () => {},
    };
  }
}

function spied(delegate: SessionDelegate, spy: () => void): SessionDelegate {
  const entries = Object.entries(delegate).map(([name, method]) => [
    name,
    (...values: unknown[]) => {
      if (name !== "didBecomeInvalid") spy();
      return (method as (...values: unknown[]) => unknown)(...values);
    },
  ]);
  return Object.fromEntries(entries);
}

function isUsable(session: BackgroundSession): boolean {
  try {
    session.downloadTask("https://app.test/file");
    return true;
  } catch {
    return false;
  }
}
