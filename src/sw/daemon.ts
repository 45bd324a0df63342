import type { BackgroundFetchRegistration } from "../protocol/background-fetch.ts";
import type { Command } from "../protocol/commands.ts";
import { SessionError } from "../protocol/session-error.ts";
import type { UploadProtocolName } from "../protocol/upload-protocol.ts";
import { type Greeting, PROTOCOL } from "../protocol/versions.ts";
import { sweepSettled } from "../store/sweep.ts";
import type { HandleEvents } from "./launches/active-launch.ts";
import { Launches } from "./launches/launches.ts";
import { Notifications } from "./launches/notifications.ts";
import { KeepAlive } from "./pages/keep-alive.ts";
import { NoticeBoard } from "./pages/notice-board.ts";
import { OwnerWatch } from "./pages/owner-watch.ts";
import { Presence } from "./pages/presence.ts";
import type { DaemonHost } from "./ports/daemon-host.ts";
import type { Transport } from "./ports/transport.ts";
import type { UploadProtocol } from "./ports/upload-protocol.ts";
import { reconcile } from "./runs/reconcile.ts";
import { Transfers } from "./runs/transfers.ts";
import type { WillSend } from "./sending/will-send.ts";
import { within } from "./within.ts";

export interface DaemonOptions {
  readonly host: DaemonHost;
  readonly transport: Transport;
  readonly uploadProtocols?: readonly UploadProtocol[];
  readonly willSend?: WillSend | undefined;
  /** The app's function that is called when it is launched in the background. */
  readonly handleEvents?: HandleEvents | undefined;
  /** Work came or went: whoever can have the browser wake us arranges it. */
  readonly onWork: (hasWork: boolean) => void;
}

/** The time from getting the lock to letting it go. */
interface Stint {
  readonly leaving: AbortController;
  /** Fulfils when the tasks were read from disk. */
  readonly started: Promise<void>;
  /** Fulfils when the lock was let go. */
  readonly over: Promise<void>;
}

/**
 * Runs the transfers of one scope while it holds the scope's lock, and answers commands. It knows nothing of
 * service workers: its host is the world. Nothing in its memory matters (W1).
 */
export class Daemon {
  readonly #host: DaemonHost;
  readonly #uploadProtocols: readonly UploadProtocolName[];
  readonly #board: NoticeBoard;
  readonly #presence: Presence;
  readonly #transfers: Transfers;
  readonly #keepAlive: KeepAlive;
  readonly #notifications: Notifications;
  #mustNotify = false;
  readonly #onWork: (hasWork: boolean) => void;
  #toldWork: boolean | undefined;
  readonly owners: OwnerWatch;
  readonly launches: Launches;
  #stint: Stint | undefined;
  #isAway = false;
  #idleWaiters = new Set<() => void>();

  constructor({ host, transport, uploadProtocols = [], willSend, handleEvents, onWork }: DaemonOptions) {
    this.#host = host;
    this.#uploadProtocols = uploadProtocols.map(({ name }) => name);
    this.#onWork = onWork;
    this.#presence = new Presence(() => host.now());
    this.#board = new NoticeBoard((notice) => host.broadcast(notice));
    this.#keepAlive = new KeepAlive(() => void this.#askForPresence());
    this.#notifications = new Notifications(host, this.#presence);
    this.owners = new OwnerWatch(host, this.#presence);
    this.launches = new Launches({
      host,
      handleEvents,
      owners: this.owners,
      isBusy: (session) => this.#transfers.isBusy(session),
      onLaunched: () => this.#notifySoon(),
      onChange: () => this.#workChanged(),
    });
    this.#transfers = new Transfers({
      host,
      transport,
      uploadProtocols,
      willSend,
      board: this.#board,
      presence: this.#presence,
      onBusy: () => {
        this.launches.look();
        this.#workChanged();
      },
      onNotification: () => this.#notifySoon(),
    });
    host.database.onTerminated = () => {
      host.log({
        level: "error",
        message: "The browser closed the database by force. Starting over from disk.",
      });
      void this.#stop()
        .then(() => this.start())
        .catch(this.#report);
    };
  }

  /** Bytes are to be moved, or the app is launched. */
  get isAtWork(): boolean {
    return this.#transfers.needsWorker || this.launches.isLaunching;
  }

  /** Something is under way that needs the worker. */
  get isActive(): boolean {
    return this.#transfers.needsWorker || this.launches.isActive;
  }

  /** There is something to be woken for. */
  get hasWork(): boolean {
    return this.#transfers.hasWork || this.launches.hasWork;
  }

  /** It makes way for a newer version. */
  get isAway(): boolean {
    return this.#isAway;
  }

  get hasPages(): boolean {
    return this.#presence.isAnyone;
  }

  /** Asks for the lock and, once it has it, begins. Harmless when it was called before. */
  start(): void {
    if (this.#stint !== undefined || this.#isAway) return;
    const leaving = new AbortController();
    const { promise: started, resolve, reject } = deferred();
    const over = this.#host
      .exclusively(async (lost) => {
        this.#host.database.fence = undefined;
        lost.addEventListener("abort", () => this.#robbed());
        await this.#transfers.start();
        this.launches.start();
        this.#notifySoon();
        resolve();
        this.#board.now({ type: "daemon-started" });
        void reconcile(this.#host.database, this.#host.now(), (entry) => this.#host.log(entry)).catch(
          this.#report,
        );
        await aborted(AbortSignal.any([leaving.signal, lost]));
        await within(STOP_MS, Promise.all([this.#transfers.stop(), this.launches.stop()]));
        this.#toldWork = undefined;
      }, leaving.signal)
      .catch((error: unknown) => {
        if (leaving.signal.aborted) return;
        // Whoever waits hears why, and the next command tries again.
        this.#stint = undefined;
        this.#report(error);
        reject(error);
      })
      .finally(() => {
        // It was robbed: it waits for its turn again.
        if (leaving.signal.aborted || this.#stint === undefined) return;
        this.#stint = undefined;
        this.#releaseWaiters();
        this.start();
      });
    this.#stint = { leaving, started, over };
  }

  /** Stops at a checkpoint and lets the lock go, for a newer version (V1). Nothing starts until `comeBack`. */
  leave(): Promise<void> {
    this.#isAway = true;
    return this.#stop();
  }

  /** The newer version did not take over after all. */
  comeBack(): void {
    this.#isAway = false;
    this.start();
  }

  /** Another worker runs the transfers from now on: not a line is written here any more. */
  #robbed(): void {
    const message = "Another worker has taken the transfers over.";
    this.#host.database.fence = new SessionError("daemon-missing", message);
    this.#host.log({ level: "warning", message });
  }

  async #stop(): Promise<void> {
    const stint = this.#stint;
    if (stint === undefined) return;
    stint.leaving.abort();
    await stint.over;
    this.#stint = undefined;
    this.#releaseWaiters();
  }

  /** Fulfils when there is no more work, the daemon has to leave, or `limitMs` have passed. */
  async untilIdle(limitMs: number): Promise<void> {
    this.start();
    const stint = this.#stint;
    // It makes way for a newer version, whose activation an event that stays open would hold up.
    if (stint === undefined) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, limitMs);
      const release = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#idleWaiters.add(release);
      stint.started.then(() => this.isActive || release()).catch(reject);
    });
  }

  /** Carries out a command. Each may come twice. @returns what the page is answered */
  async handle(command: Command, page: string): Promise<unknown> {
    if (command.type === "presence") {
      this.#sawPage(command, page);
      return undefined;
    }
    this.start();
    if (command.type === "hello") {
      if (command.session !== undefined) void this.#catchUp(command.session, page).catch(this.#report);
      const greeting: Greeting = { versions: PROTOCOL, uploadProtocols: this.#uploadProtocols };
      return greeting;
    }
    if (this.#stint === undefined)
      throw new SessionError("daemon-missing", "The daemon makes way for a newer one.");
    await this.#stint.started;
    return this.#carryOut(command);
  }

  #carryOut(command: Exclude<Command, { type: "presence" | "hello" }>): Promise<void> | void {
    if (command.type === "fetch-started") return this.#transfers.carried.carry(command.id, command.tasks);
    const { session } = command;
    switch (command.type) {
      case "inserted":
        return this.#transfers.adopt(session, command.keys);
      case "control":
        return this.#transfers.control(session, command.key, command.action);
      case "prioritize":
        return this.#transfers.prioritize(session, command.key, command.priority);
      case "configured":
        return this.#transfers.refreshConfigurations().then(() => this.#transfers.schedule());
      case "delete-session":
        return this.#deleteSession(session);
    }
  }

  /** A page that has just opened gets the news of the moment, and an insertion that was never told is found. */
  async #catchUp(session: string, page: string): Promise<void> {
    await this.#stint?.started;
    await this.#transfers.catchUp(session);
    // A session in the worker itself comes without a page.
    if (page !== "") await this.launches.leaveToPage(session);
  }

  #sawPage(command: Extract<Command, { type: "presence" }>, page: string): void {
    const { isVisible: wasVisible, countOfPages } = this.#presence;
    this.#presence.saw(page, command);
    if (countOfPages !== this.#presence.countOfPages) this.#transfers.pagesChanged();
    this.start();
    // What it owned may now be nobody's.
    if (command.isLeaving) this.launches.wake();
    if (command.hasNetworkReturned) this.#transfers.networkReturned();
    else if (wasVisible !== this.#presence.isVisible) this.#transfers.schedule();
  }

  networkChanged(): void {
    if (this.#host.isOnline()) this.#transfers.networkReturned();
    else this.#transfers.schedule();
  }

  /** A background fetch has ended. What it brought can be read until the promise settles. */
  async takeFetched(registration: BackgroundFetchRegistration): Promise<void> {
    const { fetches } = this.#host;
    fetches.arrived(registration);
    this.start();
    const stint = this.#stint;
    // A newer worker goes on, and the event must not hold it up.
    if (stint === undefined) return;
    await stint.started;
    // It may have ended before anybody heard that it had begun.
    if (registration.failureReason !== "aborted") await this.#transfers.carried.adoptAll();
    await Promise.race([this.#transfers.carried.untilTaken(registration.id), stint.over]);
    fetches.forget(registration.id);
  }

  async #deleteSession(session: string): Promise<void> {
    await this.#transfers.deleteSession(session);
    this.#board.now({ type: "session-deleted", session });
  }

  async #askForPresence(): Promise<void> {
    await this.#host.askForPresence(this.#presence.isPage).catch(this.#report);
    // What the last page said when it left may be lost.
    if (!this.hasPages) await this.#transfers.carried.adoptAll();
  }

  /** Not before it is known whether the app is launched: the user is told when it has done its part. */
  #notifySoon(): void {
    this.#mustNotify = true;
    setTimeout(() => this.#notify(), 0);
  }

  #notify(): void {
    if (!this.#mustNotify || this.launches.isActive || this.#stint === undefined) return;
    this.#mustNotify = false;
    void this.#notifications.show().then(() => this.#tidy());
  }

  /** What a launch has settled goes at once: the worker may not live until the next look. */
  async #tidy(): Promise<void> {
    const graceMs = this.hasPages ? undefined : 0;
    await sweepSettled(this.#host.database, this.#host.now(), graceMs).catch(this.#report);
  }

  #workChanged(): void {
    this.#notify();
    // Also while the browser moves the bytes: only here is it heard how far it is.
    this.#keepAlive.update(this.isActive || this.#transfers.hasWork);
    if (!this.isActive) this.#releaseWaiters();
    // While it is being looked up whether there is any, nothing changes.
    if (this.hasWork === this.#toldWork || (!this.hasWork && this.isActive)) return;
    this.#toldWork = this.hasWork;
    this.#onWork(this.hasWork);
  }

  #releaseWaiters(): void {
    for (const release of this.#idleWaiters) release();
    this.#idleWaiters.clear();
  }

  readonly #report = (error: unknown): void => {
    this.#host.log({ level: "error", message: String(error) });
  };
}

/** Neither a delegate nor a disk that does not settle must hold up a newer worker (V1). */
const STOP_MS = 1_500;

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(reason: unknown): void;
}

function deferred(): Deferred {
  let resolve = (): void => {};
  let reject = (_reason: unknown): void => {};
  const promise = new Promise<void>((onFulfilled, onRejected) => {
    resolve = onFulfilled;
    reject = onRejected;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
