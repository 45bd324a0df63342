import type { Failure } from "../../protocol/session-error.ts";
import { isFinished } from "../../protocol/task-state.ts";
import type { TaskRow } from "../../store/schema.ts";
import { liveTasks } from "../../store/tasks.ts";
import { backgroundFetchTransport, unavailable } from "../background-fetch/background-fetch-transport.ts";
import { CarriedTasks } from "../background-fetch/carried-tasks.ts";
import { Handover } from "../background-fetch/handover.ts";
import type { Plan } from "../decisions/scheduler.ts";
import type { NoticeBoard } from "../pages/notice-board.ts";
import type { Presence } from "../pages/presence.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { Transport } from "../ports/transport.ts";
import type { UploadProtocol } from "../ports/upload-protocol.ts";
import type { WillSend } from "../sending/will-send.ts";
import { Admission } from "./admission.ts";
import { Attempts } from "./attempts.ts";
import { Configurations } from "./configurations.ts";
import { Endings } from "./endings.ts";
import { LiveRows } from "./live-rows.ts";
import { Planner } from "./planner.ts";
import { Runs } from "./runs.ts";
import { deleteSession } from "./session-deletion.ts";
import { TaskCommands } from "./task-commands.ts";
import { taskLog } from "./task-log.ts";
import { TaskNotices } from "./task-notices.ts";
import { UploadRemovals } from "./upload-removals.ts";
import { Workload } from "./workload.ts";
import { World } from "./world.ts";

export interface TransfersOptions {
  readonly host: DaemonHost;
  readonly board: NoticeBoard;
  readonly presence: Presence;
  readonly transport: Transport;
  readonly uploadProtocols: readonly UploadProtocol[];
  readonly willSend: WillSend | undefined;
  /** Which sessions have work has changed. */
  readonly onBusy: () => void;
  /** A task ended, and the user may have to be notified. */
  readonly onNotification: () => void;
}

/**
 * The unfinished tasks and their runs: follows the plan that the scheduler makes of them. Everything in memory is a
 * copy of what is on disk; a worker that starts again reads it anew.
 */
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #world: World;
  readonly #configurations: Configurations;
  readonly #rows: LiveRows;
  readonly #runs: Runs;
  readonly #endings: Endings;
  readonly #admission: Admission;
  readonly #removals: UploadRemovals;
  readonly #notices: TaskNotices;
  readonly #handover: Handover;
  readonly #planner: Planner;
  /** The tasks that the browser fetches. */
  readonly carried: CarriedTasks;
  readonly commands: TaskCommands;
  readonly workload: Workload;

  constructor(options: TransfersOptions) {
    this.#options = options;
    const { host, board, presence, transport, uploadProtocols, willSend, onBusy } = options;
    this.workload = new Workload(onBusy);
    const { database } = host;
    const log = taskLog(host.log);
    const now = (): number => host.now();
    const tell = (row: TaskRow): void => this.#notices.tell(row);
    this.#world = new World(host, presence, willSend !== undefined);
    this.#configurations = new Configurations(database);
    const configurations = this.#configurations;
    this.#rows = new LiveRows({
      database,
      onRow: (row, before) => this.#onRow(row, before),
      onFinished: (row) => this.#removals.start(row),
      onGone: this.replan,
      onDamaged: (row) => this.#endings.giveUp(row),
    });
    const rows = this.#rows;
    const attempts = new Attempts({
      host,
      board,
      rows,
      configurations,
      transport,
      carriedTransport: backgroundFetchTransport(host.fetches),
      uploadProtocols,
      willSend,
      log,
      onFacts: tell,
      onConnectionsFreed: this.replan,
    });
    this.#runs = new Runs({
      host,
      rows,
      configurations,
      attempts,
      log,
      onStarted: tell,
      onAnswer: (url) => this.#world.answered(url),
      onPlaceFreed: () => this.#planner.fillPlace(),
    });
    const runs = this.#runs;
    this.#notices = new TaskNotices({ board, rows, runs, configurations, world: this.#world });
    this.#endings = new Endings({ rows, runs, now, log });
    this.#admission = new Admission(rows, configurations, this.#endings.giveUp);
    this.#removals = new UploadRemovals(attempts, runs, willSend, log);
    this.#handover = new Handover({
      host,
      presence,
      rows: rows.byKey,
      conditions: () => this.#world.conditions().transport,
      configurationOf: configurations.of,
      factsOf: runs.factsOf,
      onStarted: (id, tasks) => this.carried.carry(id, tasks),
      onRefused: (error) => this.#onFetchRefused(error),
    });
    this.carried = new CarriedTasks({
      host,
      rows: rows.byKey,
      factsOf: runs.factsOf,
      change: (session, key, change) => rows.change(session, key, change),
      stopRun: runs.stopRun,
      onEnded: () => {
        this.#world.fetchEnded();
        this.#handover.placeFreed();
      },
    });
    this.commands = new TaskCommands({
      database,
      now,
      rows,
      runs,
      admission: this.#admission,
      removals: this.#removals,
      tell,
    });
    this.#planner = new Planner({
      host,
      rows,
      runs,
      configurations,
      world: this.#world,
      onPlan: (whole) => this.#follow(whole),
    });
  }

  /** Reads everything from disk and begins. */
  async start(): Promise<void> {
    // The browser answers while the disk is read.
    const permission = this.#world.askPermission();
    await this.#configurations.refresh();
    this.#rows.clear();
    await this.#admission.admit(() => liveTasks(this.#options.host.database));
    await this.carried.adoptAll();
    await permission;
    this.#planner.start();
  }

  /** Stops every run at a checkpoint; nothing starts until `start`. */
  async stop(): Promise<void> {
    this.#planner.stop();
    this.#endings.stop();
    this.#handover.stop();
    this.workload.forget();
    await this.#runs.stop();
  }

  /** The configuration of a session has changed. */
  async reconfigure(): Promise<void> {
    await this.#configurations.refresh();
    this.replan();
  }

  /** Deletes a session with everything in it. Nothing of it goes out once this has fulfilled. */
  async deleteSession(session: string): Promise<void> {
    try {
      await deleteSession(session, {
        database: this.#options.host.database,
        rows: this.#rows,
        configurations: this.#configurations,
        admission: this.#admission,
        runs: this.#runs,
        removals: this.#removals,
        carried: this.carried,
        handover: this.#handover,
        replan: this.replan,
      });
    } catch (error) {
      // It is still there, and goes on.
      this.commands.catchUp(session).catch(() => {});
      throw error;
    }
  }

  /** Pages came or went: what waits for one that starts a background fetch may go on. */
  pagesChanged(): void {
    this.#handover.pagesChanged();
    this.replan();
  }

  networkReturned(): void {
    this.#world.networkReturned();
    this.replan();
  }

  /** Something that the plan depends on has changed. */
  readonly replan = (): void => this.#planner.schedule();

  #onRow(row: TaskRow, before: TaskRow | undefined): void {
    this.#notices.tell(row);
    if (isFinished(row.state)) {
      this.#options.board.events(row.session);
      if (row.notificationDue !== undefined) this.#options.onNotification();
    }
    // A run that has ended fills its place itself.
    if (!isFinished(row.state) || !this.#runs.byKey.has(row.key)) this.replan();
    const fetchBefore = before?.backgroundFetch?.id;
    if (fetchBefore !== row.backgroundFetch?.id) void this.carried.left(fetchBefore);
  }

  #follow(whole: Plan): void {
    const { expired, impossible, waiting } = whole;
    // If the disk refuses an end, the next plan finds the task again.
    for (const row of expired) this.#endings.end(row, TIMED_OUT, this.replan);
    for (const [row, reason] of impossible) this.#endings.end(row, unavailable(reason), this.replan);
    this.#notices.tellWaiting(waiting);
    this.#handover.follow(whole);
    this.workload.follow(whole);
  }

  #onFetchRefused(error: string): void {
    this.#options.host.log({ level: "info", message: `No page could start a background fetch: ${error}` });
    this.#world.fetchRefused(error);
    this.replan();
    setTimeout(this.replan, ASK_AGAIN_MS);
  }
}

/** By then a page may be able to start a background fetch, or a registration may have ended. */
const ASK_AGAIN_MS = 31_000;

const TIMED_OUT: Failure = {
  code: "timed-out",
  message:
    "The task was not finished within timeoutIntervalForResource. Make it again, or allow it more time.",
};
