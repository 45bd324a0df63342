import type { TaskAction } from "../protocol/commands.ts";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../protocol/configuration.ts";
import type { Failure } from "../protocol/session-error.ts";
import type { TaskActivity } from "../protocol/task-state.ts";
import { isFinished } from "../protocol/task-state.ts";
import type { UploadProtocolName } from "../protocol/upload-protocol.ts";
import { GroupCommit } from "../store/group-commit.ts";
import type { TaskRow } from "../store/schema.ts";
import { readSessions } from "../store/sessions.ts";
import { type LiveFacts, taskInfoOf } from "../store/task-info-of.ts";
import {
  changed,
  changeTasks,
  ended,
  isCarried,
  liveTasks,
  readTasks,
  transition,
  type WantedChange,
} from "../store/tasks.ts";
import { attemptAt } from "./attempt.ts";
import { CarriedTasks } from "./carried-tasks.ts";
import { chooseTransport } from "./choose-transport.ts";
import type { DaemonHost } from "./daemon-host.ts";
import { Handover } from "./handover.ts";
import { redacted } from "./log.ts";
import type { NoticeBoard } from "./notice-board.ts";
import { afterOutcome, type Outcome, released } from "./outcome.ts";
import { Planner } from "./planner.ts";
import type { Presence } from "./presence.ts";
import { type Plan, plan } from "./scheduler.ts";
import { backgroundFetchTransport, unavailable } from "./transports/background-fetch-transport.ts";
import type { Run, Transport } from "./transports/transport.ts";
import type { UploadProtocol } from "./uploads/upload-protocol.ts";
import { atRemoval, type WillSend } from "./will-send.ts";
import { World } from "./world.ts";

/** So many may have ended without being on disk: a slow disk stops the network, not the memory. */
const MAX_SETTLING = 6;

interface ActiveRun {
  readonly session: string;
  readonly controller: AbortController;
  facts: LiveFacts;
  /** Its bytes are done and what became of it is being recorded: another may take its place. */
  isSettling: boolean;
  /** Fulfils when what became of it is recorded. */
  over: Promise<void>;
}

export interface TransfersOptions {
  readonly host: DaemonHost;
  readonly board: NoticeBoard;
  readonly presence: Presence;
  readonly transport: Transport;
  readonly uploadProtocols: readonly UploadProtocol[];
  readonly willSend: WillSend | undefined;
  /** Sessions have work, or have it no more. */
  readonly onBusy: () => void;
  /** A task ended, and the user wants to know. */
  readonly onNotification: () => void;
}

/**
 * The unfinished tasks and what runs of them: plans, starts, stops, and records what became of each run. Its maps
 * are a copy of what is on disk; a worker that starts again makes them anew.
 */
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #rows = new Map<string, TaskRow>();
  readonly #runs = new Map<string, ActiveRun>();
  readonly #ended = new Set<Promise<void>>();
  #configurations = new Map<string, StoredConfiguration>();
  #waiting: ReadonlyMap<string, TaskActivity> = new Map();
  readonly #world: World;
  readonly #planner: Planner;
  /** Those that the browser fetches. */
  readonly carried: CarriedTasks;
  readonly #handover: Handover;
  readonly #carriedTransport: Transport;
  #needsWorker = false;
  readonly #changes: GroupCommit<WantedChange, TaskRow | undefined>;
  /** Undefined until the first plan, so that what an earlier worker left is known to be right or wrong. */
  #busy: ReadonlySet<string> | undefined;

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#world = new World(options.host, options.presence, options.willSend !== undefined);
    this.#carriedTransport = backgroundFetchTransport(options.host.fetches);
    this.#handover = new Handover({
      host: options.host,
      presence: options.presence,
      rows: this.#rows,
      conditions: () => this.#world.conditions().transport,
      configurationOf: (session) => this.#configurationOf(session),
      factsOf: ({ key }) => this.#runs.get(key)?.facts,
      onStarted: (id, tasks) => this.carried.carry(id, tasks),
      onRefused: (error) => this.#fetchRefused(error),
    });
    this.carried = new CarriedTasks({
      host: options.host,
      rows: this.#rows,
      factsOf: (key) => this.#runs.get(key)?.facts,
      change: (session, key, change) => this.#change(session, key, change),
      stopRun: (session, key) => this.#stopRun(session, key),
      onEnded: () => {
        this.#world.fetchEnded();
        this.#handover.placeFreed();
      },
    });
    const { database } = options.host;
    this.#changes = new GroupCommit((wanted) => changeTasks(database, wanted, "strict"));
    this.#planner = new Planner({
      rows: this.#rows,
      runs: this.#runs,
      now: () => this.#now(),
      isOnline: () => options.host.isOnline(),
      plan: (rows) => this.#plan(rows),
      start: (row) => this.#start(row),
      onPlan: (whole) => this.#follow(whole),
    });
  }

  /** Bytes are to be moved by the worker. */
  get needsWorker(): boolean {
    return this.#needsWorker;
  }

  /** Something is unfinished that goes on without the app. */
  get hasWork(): boolean {
    return (this.#busy?.size ?? 0) > 0;
  }

  /** Whether a task of the session wants to go on, as of the last plan. */
  isBusy(session: string): boolean {
    return this.#busy?.has(session) ?? false;
  }

  /** Reads everything from disk and begins. */
  async start(): Promise<void> {
    const { database } = this.#options.host;
    // The browser answers while the disk is read.
    const permission = this.#world.askPermission();
    await this.refreshConfigurations();
    this.#rows.clear();
    await this.#admit(await liveTasks(database));
    await this.carried.adoptAll();
    await permission;
    this.#planner.start();
  }

  /** Stops every run at a checkpoint; nothing starts until `start`. */
  async stop(): Promise<void> {
    this.#planner.stop();
    this.#handover.stop();
    // The next start says anew whether there is work: sync events were let go meanwhile.
    this.#busy = undefined;
    for (const run of this.#runs.values()) run.controller.abort();
    await Promise.all(this.#ended);
  }

  async refreshConfigurations(): Promise<void> {
    const sessions = await readSessions(this.#options.host.database);
    this.#configurations = new Map(sessions.map((row) => [row.identifier, row.configuration]));
  }

  /** Takes up rows that a page has inserted, or replaced by others. */
  async adopt(session: string, keys: readonly string[]): Promise<void> {
    const rows = await readTasks(this.#options.host.database, session, keys);
    const present = rows.filter((row) => row !== undefined);
    for (const row of present) {
      if (!isFinished(row.state)) continue;
      this.#stopRun(session, row.key);
      this.#discard(row);
    }
    await this.#admit(present);
  }

  /** Tells everybody how the tasks of a session stand, and takes up those that nobody told of. */
  async catchUp(session: string): Promise<void> {
    const rows = await liveTasks(this.#options.host.database, session);
    for (const row of rows) if (this.#rows.has(row.key)) this.#tell(row);
    await this.#admit(rows.filter((row) => !this.#rows.has(row.key)));
  }

  /** Records what the app wants of a task, then lets its run know. */
  async control(session: string, key: string, action: TaskAction): Promise<void> {
    if (action === "cancel-resumably") return this.#cancelResumably(session, key);
    await this.#change(session, key, (row) => {
      const next = transition(action === "resume" ? released(row) : row, action, this.#now());
      return next.state === "canceling" ? ended(next, CANCELLED, this.#now()) : next;
    });
    if (action !== "resume") this.#stopRun(session, key);
  }

  /** Lets the run come to its checkpoint first. A stop in between leaves the task suspended until the page asks again. */
  async #cancelResumably(session: string, key: string): Promise<void> {
    await this.control(session, key, "suspend");
    await this.#runOf(session, key)?.over;
    await this.#change(session, key, (row) => cancelledResumably(row, this.#now()));
  }

  async prioritize(session: string, key: string, priority: number): Promise<void> {
    await this.#change(session, key, (row) => changed(row, { priority }));
  }

  /** Forgets a session that is being deleted. */
  forget(session: string): void {
    for (const row of this.#rows.values()) {
      if (row.session !== session) continue;
      this.#rows.delete(row.key);
      this.#stopRun(session, row.key);
      this.carried.left(row.backgroundFetch?.id);
    }
    this.#configurations.delete(session);
    this.#planner.schedule();
  }

  /** Pages came or went: what waits for one that starts a background fetch may go on. */
  pagesChanged(): void {
    this.#handover.pagesChanged();
    this.#planner.schedule();
  }

  networkReturned(): void {
    this.#world.networkReturned();
    this.#planner.schedule();
  }

  /** Something that the plan depends on has changed. */
  schedule(): void {
    this.#planner.schedule();
  }

  #now(): number {
    return this.#options.host.now();
  }

  #configurationOf(session: string): StoredConfiguration {
    return this.#configurations.get(session) ?? DEFAULT_CONFIGURATION;
  }

  #plan(rows: Iterable<TaskRow>): Plan {
    return plan({
      rows,
      isRunning: (row) => this.#runs.has(row.key),
      isSettling: (row) => this.#runs.get(row.key)?.isSettling === true,
      configurationOf: (session) => this.#configurationOf(session),
      conditions: this.#world.conditions(),
    });
  }

  #follow(whole: Plan): void {
    const { expired, impossible, waiting, busy, needsWorker } = whole;
    for (const row of expired) void this.#end(row, TIMED_OUT);
    for (const [row, reason] of impossible) void this.#end(row, unavailable(reason));
    const before = this.#waiting;
    this.#waiting = new Map([...waiting].map(([row, activity]) => [row.key, activity]));
    for (const [row, activity] of waiting) if (before.get(row.key) !== activity) this.#tell(row);
    this.#handover.follow(whole);
    const old = this.#busy;
    const isSame = old?.size === busy.size && [...old].every((session) => busy.has(session));
    if (isSame && needsWorker === this.#needsWorker) return;
    this.#busy = busy;
    this.#needsWorker = needsWorker;
    this.#options.onBusy();
  }

  async #end(row: TaskRow, failure: Failure): Promise<void> {
    await this.#change(row.session, row.key, (current) => ended(current, failure, this.#now()));
    this.#runs.get(row.key)?.controller.abort();
  }

  #fetchRefused(error: string): void {
    this.#options.host.log({ level: "info", message: `No page could start a background fetch: ${error}` });
    this.#world.fetchRefused(error);
    this.#planner.schedule();
    setTimeout(() => this.#planner.schedule(), ASK_AGAIN_MS);
  }

  #start(row: TaskRow): void {
    const run = newRun(row.session);
    this.#runs.set(row.key, run);
    this.#tell(row);
    const end = this.#run(row, run).finally(() => {
      this.#ended.delete(end);
      this.#planner.fillPlace();
    });
    run.over = end;
    this.#ended.add(end);
  }

  async #run(row: TaskRow, run: ActiveRun): Promise<void> {
    const outcome = await this.#attempt(row, run);
    if (outcome.kind === "finished") this.#giveWay(run);
    if (outcome.kind !== "unanswered") this.#world.answered(row.request.url);
    if (outcome.kind !== "finished" && outcome.kind !== "stopped") this.#logOutcome(row, outcome);
    const facts = { now: this.#now(), jitter: this.#options.host.random() };
    const configuration = this.#configurationOf(row.session);
    const forgetRun = (): void => {
      if (this.#runs.get(row.key) === run) this.#runs.delete(row.key);
    };
    try {
      const next = (current: TaskRow): TaskRow => {
        const after = afterOutcome(current, outcome, { ...facts, configuration });
        const isOver = isCarried(row) && outcome.kind !== "stopped";
        return isOver ? changed(after, { backgroundFetch: undefined }) : after;
      };
      // What goes on is planned as what does not run any more: it may have to wait, and what its run told is over.
      await this.#change(row.session, row.key, next, ({ state }) => isFinished(state) || forgetRun());
    } catch (error) {
      // The disk does not take what became of it. Wait in memory: at the worst the attempt is made again.
      this.#log("error", row, `The outcome of an attempt could not be stored: ${String(error)}`);
      const backoff = { since: facts.now, tries: 5, jitter: 1, floorMs: 0, isUnanswered: false };
      if (this.#rows.has(row.key)) this.#rows.set(row.key, changed(row, { backoff }));
    } finally {
      forgetRun();
    }
  }

  /** The next request goes out while the disk takes what became of this one. */
  #giveWay(run: ActiveRun): void {
    const settling = [...this.#runs.values()].filter(({ isSettling }) => isSettling).length;
    if (settling >= MAX_SETTLING) return;
    run.isSettling = true;
    this.#planner.fillPlace();
  }

  async #attempt(row: TaskRow, run: ActiveRun): Promise<Outcome> {
    const transport = this.#transportOf(row);
    if (transport === undefined) return { kind: "failed", failure: protocolMissing(row) };
    try {
      return await transport(this.#attemptAt(row, run));
    } catch (error) {
      // A transport reports every failure it knows of; this one is ours.
      this.#log("error", row, `A transport threw: ${String(error)}`);
      return { kind: "unanswered", message: String(error) };
    }
  }

  #attemptAt(row: TaskRow, run: ActiveRun, willSend = this.#options.willSend): Run {
    const { host, board } = this.#options;
    return attemptAt({
      row,
      configuration: this.#configurationOf(row.session),
      host,
      willSend,
      onHookError: (error) => this.#log("error", row, `The willSend hook threw: ${String(error)}`),
      signal: run.controller.signal,
      // What the browser fetches begins there; a run that waits for that has no limit.
      limit: () => (isCarried(row) ? undefined : this.#rows.get(row.key)?.backgroundFetch?.start),
      report: (facts) => {
        run.facts = facts;
        this.#noteFile(row, facts);
        this.#tell(row);
      },
      reportResumed: (offset) => {
        board.now({ type: "resumed", session: row.session, key: row.key, offset });
      },
    });
  }

  /** What a run finds out is on disk with its first bytes, and decides which way the rest can go. */
  #noteFile({ key }: TaskRow, { file }: LiveFacts): void {
    const row = this.#rows.get(key);
    if (row?.kind !== "download" || file === undefined || file.fileId === row.file?.fileId) return;
    this.#rows.set(key, changed(row, { file }));
  }

  #transportOf(row: TaskRow): Transport | undefined {
    if (isCarried(row)) return this.#carriedTransport;
    const name = row.upload?.protocol;
    return name === undefined ? this.#options.transport : this.#protocolOf(name)?.transport;
  }

  #protocolOf(name: UploadProtocolName): UploadProtocol | undefined {
    return this.#options.uploadProtocols.find((protocol) => protocol.name === name);
  }

  /** Tells the server of a cancelled upload, so that it need not wait for its end; once, and as well as it goes. */
  #discard(row: TaskRow): void {
    const { protocol, parts } = row.upload ?? {};
    if (protocol === undefined || parts === undefined) return;
    if (row.failure?.code !== "cancelled" || row.isResumable) return;
    // Not while the server still takes in a part of it.
    this.#stopRun(row.session, row.key);
    const { willSend } = this.#options;
    const attempt = this.#attemptAt(row, newRun(row.session), willSend && atRemoval(willSend));
    this.#protocolOf(protocol)
      ?.discard(attempt)
      .catch((error: unknown) => this.#log("info", row, `The upload stays on the server: ${String(error)}`));
  }

  async #change(
    session: string,
    key: string,
    change: (row: TaskRow) => TaskRow,
    onChanged: (row: TaskRow) => void = () => {},
  ): Promise<TaskRow | undefined> {
    let wasFinished = true;
    const row = await this.#changes.add({
      session,
      key,
      change: (current) => {
        wasFinished = isFinished(current.state);
        return change(current);
      },
    });
    if (row !== undefined) {
      onChanged(row);
      this.#took(row);
    } else if (this.#rows.get(key)?.session === session) {
      // It is gone. A key is unique, but whoever asks may have it from another session.
      this.#rows.delete(key);
      this.#planner.schedule();
    }
    // Once, whoever cancelled it and however often.
    if (row !== undefined && !wasFinished && isFinished(row.state)) this.#discard(row);
    return row;
  }

  #stopRun(session: string, key: string): void {
    this.#runOf(session, key)?.controller.abort();
  }

  /** A key is unique, but whoever asks may have it from another session. */
  #runOf(session: string, key: string): ActiveRun | undefined {
    const run = this.#runs.get(key);
    return run?.session === session ? run : undefined;
  }

  /** Rows from disk. One that makes no sense is ended with an error instead of ending the daemon. */
  async #admit(rows: readonly TaskRow[]): Promise<void> {
    // A session that was made since they were read: none of its tasks goes out under the defaults.
    if (rows.some((row) => !this.#configurations.has(row.session))) await this.refreshConfigurations();
    // In one turn, so that they are planned once.
    for (const row of rows) if (!isDamaged(row)) this.#took(row);
    for (const row of rows) if (isDamaged(row)) await this.#giveUp(row);
  }

  async #giveUp(row: TaskRow): Promise<void> {
    const { failure } = row;
    this.#log("error", row, String(failure?.message));
    await this.#change(row.session, row.key, (it) =>
      ended(it, it.failure ?? (failure as Failure), this.#now()),
    );
  }

  /** This is how the row is now. */
  #took(row: TaskRow): void {
    this.#tell(row);
    const fetchBefore = this.#rows.get(row.key)?.backgroundFetch?.id;
    if (isFinished(row.state)) {
      this.#rows.delete(row.key);
      this.#options.board.events(row.session);
      if (row.notificationDue !== undefined) this.#options.onNotification();
      // Where a run ended, that fills its place.
      if (!this.#runs.has(row.key)) this.#planner.schedule();
    } else {
      this.#rows.set(row.key, row);
      this.#planner.schedule();
    }
    if (fetchBefore !== row.backgroundFetch?.id) this.carried.left(fetchBefore);
  }

  #tell(row: TaskRow): void {
    this.#options.board.task(row.session, row.key, () => {
      const current = this.#rows.get(row.key) ?? row;
      // Deleted with its session.
      if (current === row && !isFinished(row.state) && !this.#rows.has(row.key)) return undefined;
      const activity = this.#waiting.get(row.key) ?? "waiting-for-turn";
      if (isFinished(current.state)) return taskInfoOf(current, { activity });
      const facts = this.#runs.get(row.key)?.facts;
      return taskInfoOf(current, { ...(facts ?? { activity }), ...this.#transportInfoOf(current) });
    });
  }

  #transportInfoOf(row: TaskRow): Pick<LiveFacts, "transport"> {
    const carrier = row.backgroundFetch;
    if (carrier !== undefined && isCarried(row))
      return { transport: { way: "background-fetch", reason: carrier.reason } };
    const conditions = this.#world.conditions().transport;
    const isRunning = this.#runs.has(row.key);
    const { way, reason } = chooseTransport(row, this.#configurationOf(row.session), conditions, isRunning);
    return way === "none" ? {} : { transport: { way, reason } };
  }

  #logOutcome(row: TaskRow, outcome: Exclude<Outcome, { kind: "finished" | "stopped" }>): void {
    const detail = "message" in outcome ? outcome.message : JSON.stringify(outcome);
    this.#log("info", row, `${redacted(row.request.url)} ${outcome.kind}: ${detail}`);
  }

  #log(level: "info" | "error", { session, id }: TaskRow, message: string): void {
    this.#options.host.log({ level, message, session, taskId: id });
  }
}

/** What was read of it made no sense, and it was not ended yet. */
function isDamaged({ state, failure }: TaskRow): boolean {
  return failure !== undefined && !isFinished(state);
}

/** A page may be able to start a background fetch then, or a registration have ended. */
const ASK_AGAIN_MS = 31_000;

const CANCELLED = { code: "cancelled", message: "The task was cancelled." } as const;

function newRun(session: string): ActiveRun {
  return {
    session,
    controller: new AbortController(),
    facts: { activity: "connecting" },
    isSettling: false,
    over: Promise.resolve(),
  };
}

/** It was there when the task was made: the worker was replaced by one that does not have it. */
function protocolMissing({ upload }: TaskRow): Failure {
  const name = upload?.protocol;
  const message =
    `The service worker no longer has the protocol "${name}". Import { ${name} } from "background-session/${name}", ` +
    "give it to startDaemon({ uploadProtocols }), and go on with the task's resume data.";
  return { code: "daemon-outdated", message };
}

function cancelledResumably(row: TaskRow, now: number): TaskRow {
  if (isFinished(row.state)) return row;
  const message =
    "The task was cancelled; what there is of it is kept, and its resume data goes on from there.";
  return changed(ended(transition(row, "cancel", now), { code: "cancelled", message }, now), {
    isResumable: true,
  });
}

const TIMED_OUT = {
  code: "timed-out",
  message:
    "The task was not finished within timeoutIntervalForResource. Make it again, or allow it more time.",
} as const;
