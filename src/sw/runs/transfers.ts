import type { Inspection } from "../../protocol/inspection.ts";
import type { Failure } from "../../protocol/session-error.ts";
import { isFinished } from "../../protocol/task-state.ts";
import { tasksToFollow } from "../../store/queues.ts";
import type { TaskRow } from "../../store/schema.ts";
import { unavailable } from "../background-fetch/background-fetch-transport.ts";
import { CarriedTasks } from "../background-fetch/carried-tasks.ts";
import { Handover } from "../background-fetch/handover.ts";
import type { Plan } from "../decisions/scheduler.ts";
import type { NoticeBoard } from "../pages/notice-board.ts";
import type { Presence } from "../pages/presence.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { DaemonParts } from "../ports/daemon-parts.ts";
import type { Transport } from "../ports/transport.ts";
import type { WillSend } from "../sending/will-send.ts";
import { Admission } from "./admission.ts";
import { Answers } from "./answers.ts";
import { Attempts } from "./attempts.ts";
import { Configurations } from "./configurations.ts";
import { Endings } from "./endings.ts";
import { LiveRows } from "./live-rows.ts";
import { Planner } from "./planner.ts";
import { Runs } from "./runs.ts";
import { deleteSession, type SessionDeletionOptions } from "./session-deletion.ts";
import { TaskCommands } from "./task-commands.ts";
import { taskLog } from "./task-log.ts";
import { TaskNotices } from "./task-notices.ts";
import { UploadRemovals } from "./upload-removals.ts";
import { Workload } from "./workload.ts";
import { World } from "./world.ts";

export interface TransfersOptions extends DaemonParts {
  readonly host: DaemonHost;
  readonly board: NoticeBoard;
  readonly presence: Presence;
  readonly transport: Transport;
  readonly willSend?: WillSend | undefined;
  readonly maximumConnections?: number | undefined;
  /** Which sessions have work has changed. */
  readonly onBusy: () => void;
  /** A task ended, and the user may have to be notified. */
  readonly onNotification: () => void;
  /** The app is asked about a task. */
  readonly onQuestion: () => void;
  /** A task has ended. */
  readonly onEnded: (row: TaskRow) => void;
  /** A plan was made: tasks may have come or ended, or a page may have come or gone. */
  readonly onPlan: () => void;
}

/**
 * The unfinished tasks and their runs: follows the plan that the scheduler makes of them. Everything in memory is a
 * copy of what is on disk; a worker that starts again reads it anew.
 */
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #configurations: Configurations;
  readonly #world: World;
  readonly #notices: TaskNotices;
  readonly #endings: Endings;
  readonly #planner: Planner;
  readonly #parts: SessionDeletionOptions;
  readonly workload: Workload;
  readonly commands: TaskCommands;
  readonly answers: Answers;

  constructor(options: TransfersOptions) {
    this.#options = options;
    const { host, presence, willSend } = options;
    this.workload = new Workload(options.onBusy);
    this.#configurations = new Configurations(host.database);
    this.#world = new World(host, presence, willSend !== undefined);
    const rows = new LiveRows({
      host,
      replan: this.replan,
      onRow: (row, before) => this.#onRow(row, before),
      onFinished: (row) => this.#parts.removals.start(row),
      onGivenUp: (row) => this.#endings.giveUp(row),
    });
    const base = {
      ...options,
      rows,
      world: this.#world,
      configurations: this.#configurations,
      configurationOf: this.#configurations.of,
      log: taskLog(host.log),
      tell: (row: TaskRow): void => this.#notices.tell(row),
      tellProgress: (row: TaskRow): void => this.#notices.tellProgress(row),
      replan: this.replan,
    };
    const attempts = new Attempts(base);
    const answers = new Answers(base);
    this.answers = answers;
    const runs = new Runs({ ...base, attempts, answers, fillPlace: () => this.#planner.fillPlace() });
    const parts = { ...base, attempts, runs };
    this.#notices = new TaskNotices(parts);
    this.#endings = new Endings(parts);
    this.#planner = new Planner({ ...parts, onPlan: (plan) => this.#follow(plan) });
    const admission = new Admission(rows, this.#configurations, this.#endings.giveUp);
    const removals = new UploadRemovals(parts);
    this.commands = new TaskCommands({ ...parts, admission, removals });
    const { factsOf } = runs;
    const handover = new Handover({
      ...parts,
      rows: rows.byKey,
      factsOf,
      conditions: () => this.#world.transport,
      onStarted: (id, tasks) => this.carried.carry(id, tasks),
      onRefused: (error) => this.#onFetchRefused(error),
    });
    const carried = new CarriedTasks({
      host,
      rows: rows.byKey,
      factsOf,
      change: (session, key, change) => rows.change(session, key, change),
      stopRun: runs.stopRun,
      onEnded: () => {
        this.#world.fetchEnded();
        handover.placeFreed();
      },
    });
    this.#parts = { ...parts, admission, removals, handover, carried };
  }

  /** The tasks that the browser fetches. */
  get carried(): CarriedTasks {
    return this.#parts.carried;
  }

  get unfinished(): readonly TaskRow[] {
    return this.#parts.rows.all;
  }

  /** The keys of a session's tasks that wait for the app's answer. */
  readonly asking = (session: string): readonly string[] =>
    this.unfinished
      .filter((row) => row.session === session && row.hold?.asks !== undefined)
      .map(({ key }) => key);

  get configurations(): Omit<Configurations, "refresh" | "forget"> {
    return this.#configurations;
  }

  get activities(): Inspection["activities"] {
    return this.#notices.activitiesOf(this.unfinished);
  }

  /** Reads everything from disk and begins. */
  async start(): Promise<void> {
    // The browser answers while the disk is read.
    const permission = this.#world.askPermission();
    const { rows, admission } = this.#parts;
    await Promise.all([this.#configurations.refresh(), this.#world.multiplexedHosts.load()]);
    rows.clear();
    await admission.admit(() => tasksToFollow(this.#options.host.database));
    await this.carried.adoptAll();
    await permission;
    this.#planner.start();
  }

  /** Stops every run at a checkpoint; nothing starts until `start`. */
  async stop(): Promise<void> {
    this.#planner.stop();
    this.#endings.stop();
    this.#parts.handover.stop();
    this.workload.forget();
    await this.#parts.runs.stop();
  }

  /** The configuration of a session has changed. */
  async reconfigure(): Promise<void> {
    await this.#configurations.refresh();
    this.#parts.runs.stopAtOtherRates();
    this.replan();
  }

  /** Deletes a session with everything in it. Nothing of it goes out once this has fulfilled. */
  async deleteSession(session: string): Promise<void> {
    try {
      await deleteSession(session, this.#parts);
    } catch (error) {
      // It is still there, and goes on.
      this.commands.catchUp(session).catch(() => {});
      throw error;
    }
  }

  /** Pages came or went: what waits for one that starts a background fetch may go on. */
  pagesChanged(): void {
    this.#parts.handover.pagesChanged();
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
    if (isFinished(row.state) || row.hold?.asks !== undefined) this.#options.board.events(row.session);
    if (row.hold?.asks !== undefined && before?.hold?.asks === undefined) this.#options.onQuestion();
    if (isFinished(row.state) && before !== undefined) this.#options.onEnded(row);
    if (isFinished(row.state) && row.notificationDue !== undefined) this.#options.onNotification();
    // A run that has ended fills its place itself.
    if (!isFinished(row.state) || !this.#parts.runs.byKey.has(row.key)) this.replan();
    const fetchBefore = before?.backgroundFetch?.id;
    if (fetchBefore !== row.backgroundFetch?.id) void this.carried.left(fetchBefore);
  }

  #follow(whole: Plan): void {
    const { stop, ask, expired, impossible } = whole;
    for (const { session, key } of stop) this.#parts.runs.stopRun(session, key);
    for (const row of ask) void this.answers.ask(row);
    // If the disk refuses an end, the next plan finds the task again.
    for (const row of expired) void this.#endings.end(row, TIMED_OUT, this.replan);
    for (const [row, reason] of impossible) void this.#endings.end(row, unavailable(reason), this.replan);
    this.#notices.tellWaiting(whole);
    this.#parts.handover.follow(whole);
    this.workload.follow(whole);
    this.#options.onPlan();
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
