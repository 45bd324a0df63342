import { within } from "../async/within.ts";
import type { BackgroundFetchRegistration } from "../protocol/background-fetch.ts";
import type { Command } from "../protocol/commands.ts";
import type { Inspection } from "../protocol/inspection.ts";
import { sweepSettled } from "../store/sweep.ts";
import { CommandHandler } from "./command-handler.ts";
import { IdleWaiters } from "./idle-waiters.ts";
import type { HandleEvents } from "./launches/active-launch.ts";
import { GroupProgress } from "./launches/group-progress.ts";
import { Launches } from "./launches/launches.ts";
import { Notifications } from "./launches/notifications.ts";
import { KeepAlive } from "./pages/keep-alive.ts";
import { NoticeBoard } from "./pages/notice-board.ts";
import { OwnerWatch } from "./pages/owner-watch.ts";
import { Presence } from "./pages/presence.ts";
import type { DaemonHost } from "./ports/daemon-host.ts";
import type { DaemonParts } from "./ports/daemon-parts.ts";
import type { Transport } from "./ports/transport.ts";
import { reconcile } from "./runs/reconcile.ts";
import { Transfers } from "./runs/transfers.ts";
import type { WillSend } from "./sending/will-send.ts";
import { Stints } from "./stints.ts";

/** A delegate or a disk that does not settle must not hold up a newer worker (V1). */
const STOP_MS = 1_500;

export interface DaemonOptions extends Partial<DaemonParts> {
  readonly host: DaemonHost;
  readonly transport: Transport;
  readonly willSend?: WillSend | undefined;
  /** The limit for all sessions together; undefined for the default. */
  readonly maximumConnections?: number | undefined;
  /** The app's function for background launches. */
  readonly handleEvents?: HandleEvents | undefined;
  /** Work came or went: the host may have to arrange that the browser wakes the worker. */
  readonly onWork: (hasWork: boolean) => void;
}

/**
 * Runs the transfers of one scope while it holds the scope's lock, and answers commands. It knows nothing of
 * service workers: its host is the world. Nothing in its memory matters (W1).
 */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #host: DaemonHost;
  readonly #board: NoticeBoard;
  readonly #presence: Presence;
  readonly #transfers: Transfers;
  readonly #keepAlive: KeepAlive;
  readonly #notifications: Notifications;
  readonly #groupProgress: GroupProgress;
  readonly #stints: Stints;
  readonly #idleWaiters = new IdleWaiters();
  readonly #commands: CommandHandler;
  readonly owners: OwnerWatch;
  readonly launches: Launches;
  /** What `onWork` was last told. */
  #toldWork: boolean | undefined;

  constructor(options: DaemonOptions) {
    const { host } = options;
    this.#options = options;
    this.#host = host;
    this.#presence = new Presence(host.now);
    this.#board = new NoticeBoard(host.broadcast);
    this.#keepAlive = new KeepAlive(() => void this.#askForPresence());
    this.owners = new OwnerWatch(host, this.#presence);
    const base = {
      ...options,
      uploadProtocols: options.uploadProtocols ?? [],
      presence: this.#presence,
      board: this.#board,
      owners: this.owners,
      onError: this.#logError,
    };
    this.#stints = new Stints({
      ...base,
      begin: () => this.#begin(),
      end: () => this.#end(),
      onOver: () => this.#idleWaiters.releaseAll(),
    });
    this.#notifications = new Notifications({
      ...base,
      // The app comes first: it may do something that makes a notification needless.
      mayShow: () => !this.launches.isActive && this.#stints.current !== undefined,
      onShown: () => void this.#sweep(),
    });
    this.launches = new Launches({
      ...base,
      isBusy: (session) => this.#transfers.workload.isBusy(session),
      asking: (session) => this.#transfers.asking(session),
      onLaunched: this.#notifications.request,
      onChange: () => this.#onWorkChange(),
    });
    this.#transfers = new Transfers({
      ...base,
      onBusy: () => {
        this.launches.check();
        this.#onWorkChange();
      },
      onNotification: this.#notifications.request,
      onQuestion: () => this.launches.check(),
      onEnded: (row) => this.#groupProgress.ended(row),
      onPlan: () => this.#groupProgress.look(),
    });
    this.#groupProgress = new GroupProgress({
      ...base,
      rows: () => this.#transfers.unfinished,
      configurationOf: this.#transfers.configurations.of,
      hasNotification: () => this.#transfers.configurations.haveGroupNotification,
    });
    this.#commands = new CommandHandler({
      ...base,
      stints: this.#stints,
      transfers: this.#transfers,
      launches: this.launches,
    });
  }

  /** There are bytes to move, or the app is launched. */
  get isAtWork(): boolean {
    return this.#transfers.workload.needsWorker || this.launches.isLaunching;
  }

  /** Something is under way that needs the worker. */
  get isActive(): boolean {
    return this.#transfers.workload.needsWorker || this.launches.isActive;
  }

  /** There is a reason to be woken. */
  get hasWork(): boolean {
    return this.#transfers.workload.hasWork || this.launches.hasWork;
  }

  /** It makes way for a newer version. */
  get isAway(): boolean {
    return this.#stints.isAway;
  }

  get hasLock(): boolean {
    return this.#stints.hasLock;
  }

  get activities(): Inspection["activities"] {
    return this.#transfers.activities;
  }

  get hasPages(): boolean {
    return this.#presence.isAnyone;
  }

  /** Requests the lock and, once it is held, begins. Does nothing if it was called before. */
  start(): void {
    this.#stints.start();
  }

  /** Stops at a checkpoint and releases the lock (V1). Nothing starts until `comeBack`. */
  leave(): Promise<void> {
    return this.#stints.leave();
  }

  comeBack(): void {
    this.#stints.comeBack();
  }

  /** Leaves for `delayMs`, so that a newer version can take over, and comes back if it is still wanted. */
  makeWay(delayMs: number, isWanted?: () => boolean): Promise<void> {
    return this.#stints.makeWay(delayMs, isWanted);
  }

  /** Carries out a command, which may come twice. @returns the answer to the page */
  handle(command: Command, page: string): Promise<unknown> {
    return this.#commands.handle(command, page);
  }

  /** Fulfils when there is no more work, the daemon has to leave, or `limitMs` have passed. */
  async untilIdle(limitMs: number): Promise<void> {
    this.start();
    // None while it makes way for a newer version, whose activation an open event would hold up.
    const started = this.#stints.current?.started;
    if (started !== undefined) await this.#idleWaiters.wait(limitMs, started, () => !this.isActive);
  }

  /** The user cancels the tasks of a group in its notification. */
  async cancelGroup(session: string, group: string): Promise<void> {
    this.start();
    await this.#stints.current?.started;
    await this.#transfers.commands.cancelGroup(session, group);
  }

  networkChanged(): void {
    if (this.#host.isOnline()) this.#transfers.networkReturned();
    else this.#transfers.replan();
  }

  /** A background fetch has ended. What it brought can be read until the promise settles. */
  async takeFetched(registration: BackgroundFetchRegistration): Promise<void> {
    this.#host.fetches.arrived(registration);
    this.start();
    const stint = this.#stints.current;
    // A newer worker goes on, and the event must not hold it up.
    if (stint === undefined) return;
    await stint.started;
    await this.#transfers.carried.giveOut(registration, stint.over);
  }

  async #begin(): Promise<void> {
    const { database, now, log } = this.#host;
    await this.#transfers.start();
    this.launches.start();
    void this.#groupProgress.start().catch(this.#logError);
    this.#notifications.request();
    this.#board.now({ type: "daemon-started" });
    void reconcile(database, now(), log).catch(this.#logError);
  }

  async #end(): Promise<void> {
    this.#groupProgress.stop();
    await within(STOP_MS, Promise.all([this.#transfers.stop(), this.launches.stop()]));
    this.#toldWork = undefined;
  }

  async #askForPresence(): Promise<void> {
    await this.#host.askForPresence(this.#presence.isPage).catch(this.#logError);
    // The last page may have started a fetch as it left, and its message may be lost.
    if (!this.hasPages) await this.#transfers.carried.adoptAll();
  }

  /** Without a page, what a launch has settled goes at once: the worker may not live until the next sweep. */
  async #sweep(): Promise<void> {
    const graceMs = this.hasPages ? undefined : 0;
    await sweepSettled(this.#host.database, this.#host.now(), graceMs).catch(this.#logError);
  }

  #onWorkChange(): void {
    const { isActive, hasWork } = this;
    this.#notifications.show();
    // Also while the browser moves the bytes: only the worker hears of their progress.
    this.#keepAlive.update(isActive || this.#transfers.workload.isWatched);
    if (!isActive) this.#idleWaiters.releaseAll();
    // While launches are being looked up, it is not known whether there is work.
    if (hasWork === this.#toldWork || (!hasWork && isActive)) return;
    this.#toldWork = hasWork;
    this.#options.onWork(hasWork);
  }

  readonly #logError = (error: unknown): void => {
    this.#host.log({ level: "error", message: String(error) });
  };
}
