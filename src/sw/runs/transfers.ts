import type { TaskAction } from "../../protocol/commands.ts";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../protocol/configuration.ts";
import type { Failure } from "../../protocol/session-error.ts";
import type { TaskActivity } from "../../protocol/task-state.ts";
import { isFinished } from "../../protocol/task-state.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import { GroupCommit } from "../../store/group-commit.ts";
import type { TaskRow } from "../../store/schema.ts";
import { deleteStoredSession, readSessions } from "../../store/sessions.ts";
import { type LiveFacts, taskInfoOf } from "../../store/task-info-of.ts";
import {
  changed,
  changeTasks,
  ended,
  isCarried,
  liveTasks,
  readTask,
  readTasks,
  transition,
  type WantedChange,
} from "../../store/tasks.ts";
import { backgroundFetchTransport, unavailable } from "../background-fetch/background-fetch-transport.ts";
import { CarriedTasks } from "../background-fetch/carried-tasks.ts";
import { Handover } from "../background-fetch/handover.ts";
import { afterOutcome, released } from "../decisions/after-outcome.ts";
import { chooseTransport } from "../decisions/choose-transport.ts";
import { outcomeOfError } from "../decisions/failure-class.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { type Plan, plan } from "../decisions/scheduler.ts";
import { redacted, textOf } from "../log.ts";
import type { NoticeBoard } from "../pages/notice-board.ts";
import type { Presence } from "../pages/presence.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { Run, Transport } from "../ports/transport.ts";
import type { UploadProtocol } from "../ports/upload-protocol.ts";
import { attemptAt } from "../sending/attempt.ts";
import { atRemoval, type WillSend } from "../sending/will-send.ts";
import { Planner } from "./planner.ts";
import { SecondTries } from "./second-tries.ts";
import { World } from "./world.ts";

/** So many may have ended without being on disk: a slow disk stops the network, not the memory. */
const MAX_SETTLING = 6;

interface ActiveRun {
  readonly session: string;
  readonly controller: AbortController;
  /** How many it may hold at once. */
  connections: number;
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
  /** What takes cancelled uploads off their servers. */
  readonly #removals = new Set<ActiveRun>();
  /** Tasks whose row on disk may be newer than the one in memory: it is read before their next attempt. */
  readonly #unsure = new Set<string>();
  readonly #secondTries = new SecondTries();
  /** How often a session was forgotten: what was read before may be gone since. */
  #deletions = 0;
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
      start: (row, connections) => this.#start(row, connections),
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
    this.#unsure.clear();
    await this.#admit(() => liveTasks(database));
    await this.carried.adoptAll();
    await permission;
    this.#planner.start();
  }

  /** Stops every run at a checkpoint; nothing starts until `start`. */
  async stop(): Promise<void> {
    this.#planner.stop();
    this.#secondTries.stop();
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
    const { database } = this.#options.host;
    const rows = await this.#admit(async () => {
      const stored = await readTasks(database, session, keys);
      return stored.filter((row) => row !== undefined);
    });
    for (const row of rows) {
      if (!isFinished(row.state)) continue;
      this.#stopRun(session, row.key);
      this.#discard(row);
    }
  }

  /** Tells everybody how the tasks of a session stand, and takes up those that nobody told of. */
  async catchUp(session: string): Promise<void> {
    await this.#admit(async () => {
      const rows = await liveTasks(this.#options.host.database, session);
      for (const row of rows) if (this.#rows.has(row.key)) this.#tell(row);
      return rows.filter((row) => !this.#rows.has(row.key));
    });
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

  /** Deletes a session with everything in it. Nothing of it goes out once this has fulfilled. */
  async deleteSession(session: string): Promise<void> {
    const left = this.#forget(session);
    try {
      await deleteStoredSession(this.#options.host.database, session);
    } catch (error) {
      // It is still there, and goes on.
      this.catchUp(session).catch(() => {});
      throw error;
    }
    // What was read before it was gone may have been taken up meanwhile.
    await Promise.all([left, this.#forget(session), this.#handover.untilAnswered()]);
    // Nor does a page take it along when it leaves.
    this.#handover.pagesChanged();
  }

  /** Fulfils when the browser fetches nothing more of it; all else is over at once. */
  async #forget(session: string): Promise<void> {
    this.#deletions += 1;
    for (const run of [...this.#runs.values(), ...this.#removals])
      if (run.session === session) run.controller.abort();
    const rows = [...this.#rows.values()].filter((row) => row.session === session);
    for (const { key } of rows) this.#rows.delete(key);
    this.#configurations.delete(session);
    this.#planner.schedule();
    await Promise.all(rows.map((row) => this.carried.left(row.backgroundFetch?.id)));
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
      connectionsOf: (row) => connectionsOf(this.#runs.get(row.key)),
      configurationOf: (session) => this.#configurationOf(session),
      conditions: this.#world.conditions(),
    });
  }

  #follow(whole: Plan): void {
    const { expired, impossible, waiting, busy, needsWorker } = whole;
    for (const row of expired) this.#end(row, TIMED_OUT);
    for (const [row, reason] of impossible) this.#end(row, unavailable(reason));
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

  /** Ends a task for a reason of ours. If the disk does not take that, the next plan finds it again. */
  #end(row: TaskRow, failure: Failure, again = () => this.#planner.schedule()): void {
    const end = async (): Promise<void> => {
      await this.#change(row.session, row.key, (current) =>
        ended(current, current.failure ?? failure, this.#now()),
      );
      this.#stopRun(row.session, row.key);
    };
    this.#secondTries.run(row.key, end, again, (error) =>
      this.#log(
        "error",
        row,
        `The end of the task could not be stored, and is tried again: ${String(error)}`,
      ),
    );
  }

  #fetchRefused(error: string): void {
    this.#options.host.log({ level: "info", message: `No page could start a background fetch: ${error}` });
    this.#world.fetchRefused(error);
    this.#planner.schedule();
    setTimeout(() => this.#planner.schedule(), ASK_AGAIN_MS);
  }

  #start(row: TaskRow, connections: number): void {
    const run = newRun(row.session, connections);
    this.#runs.set(row.key, run);
    this.#tell(row);
    const end = this.#run(row, run).finally(() => {
      this.#ended.delete(end);
      this.#planner.fillPlace();
    });
    run.over = end;
    this.#ended.add(end);
  }

  /** Never rejects. */
  async #run(planned: TaskRow, run: ActiveRun): Promise<void> {
    try {
      const row = this.#unsure.has(planned.key) ? await this.#readAgain(planned) : planned;
      if (row?.state !== "running" || run.controller.signal.aborted) return;
      await this.#record(row, run, await this.#attempt(row, run));
    } catch (error) {
      await this.#recordLost(planned, run, error);
    } finally {
      this.#forgetRun(planned.key, run);
    }
  }

  async #record(row: TaskRow, run: ActiveRun, outcome: Outcome): Promise<void> {
    if (outcome.kind === "finished") this.#giveWay(run);
    if (outcome.kind !== "unanswered") this.#world.answered(row.request.url);
    if (outcome.kind !== "finished" && outcome.kind !== "stopped") this.#logOutcome(row, outcome);
    const facts = { now: this.#now(), jitter: this.#options.host.random() };
    const configuration = this.#configurationOf(row.session);
    const next = (current: TaskRow): TaskRow => {
      const after = afterOutcome(current, outcome, { ...facts, configuration });
      const isOver = isCarried(row) && outcome.kind !== "stopped";
      return isOver ? changed(after, { backgroundFetch: undefined }) : after;
    };
    // What goes on is planned as what does not run any more: it may have to wait, and what its run told is over.
    await this.#change(row.session, row.key, next, ({ state }) => {
      if (!isFinished(state)) this.#forgetRun(row.key, run);
    });
  }

  #forgetRun(key: string, run: ActiveRun): void {
    if (this.#runs.get(key) === run) this.#runs.delete(key);
  }

  /**
   * The disk does not take what became of a run, or does not say how its task stands. Waits in memory: at the worst the
   * attempt is made again, from what is on disk.
   */
  async #recordLost(row: TaskRow, run: ActiveRun, error: unknown): Promise<void> {
    if (!run.controller.signal.aborted)
      this.#log("error", row, `The outcome of an attempt could not be stored: ${String(error)}`);
    this.#unsure.add(row.key);
    await this.#readAgain(row).catch(() => {});
    const current = this.#rows.get(row.key);
    const backoff = { since: this.#now(), tries: 5, jitter: 1, floorMs: 0, isUnanswered: false };
    if (current !== undefined) this.#rows.set(row.key, changed(current, { backoff }));
  }

  /** Brings the row of a task in memory up to the one on disk. @returns undefined where it is gone or has ended */
  async #readAgain({ session, key }: TaskRow): Promise<TaskRow | undefined> {
    const row = await readTask(this.#options.host.database, session, key);
    this.#unsure.delete(key);
    if (!this.#rows.has(key)) return undefined;
    if (row === undefined || isDamaged(row)) this.#rows.delete(key);
    if (row !== undefined) this.#take(row);
    return this.#rows.get(key);
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
      return outcomeOfError(error, run.controller.signal.aborted);
    }
  }

  #attemptAt(row: TaskRow, run: ActiveRun, willSend = this.#options.willSend): Run {
    const { host, board } = this.#options;
    return attemptAt({
      row,
      configuration: this.#configurationOf(row.session),
      host,
      willSend,
      onHookError: (error) => this.#log("error", row, `The willSend hook threw: ${textOf(error)}`),
      signal: run.controller.signal,
      connections: run.connections,
      keepConnections: (count) => {
        if (count >= run.connections) return;
        run.connections = count;
        this.#planner.schedule();
      },
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
    const removal = newRun(row.session, 1);
    this.#removals.add(removal);
    const attempt = this.#attemptAt(row, removal, willSend && atRemoval(willSend));
    this.#protocolOf(protocol)
      ?.discard(attempt)
      .catch((error: unknown) => this.#log("info", row, `The upload stays on the server: ${String(error)}`))
      .finally(() => this.#removals.delete(removal));
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

  /**
   * Takes up rows from disk, in the turn in which they were read: what a row became since is heard after that. One that
   * makes no sense, or whose session is gone, is ended with an error instead of ending the daemon.
   */
  async #admit(read: () => Promise<readonly TaskRow[]>): Promise<readonly TaskRow[]> {
    const orphans = new Set<string>();
    const isOrphan = ({ session }: TaskRow): boolean => !this.#configurations.has(session);
    for (;;) {
      const deletions = this.#deletions;
      const rows = (await read()).filter(({ key }) => !orphans.has(key));
      if (deletions !== this.#deletions) continue;
      if (!rows.some(isOrphan)) {
        for (const row of rows) this.#take(row);
        return rows;
      }
      // The session may have been made since: none of its tasks goes out under the defaults.
      await this.refreshConfigurations();
      if (deletions !== this.#deletions) continue;
      for (const row of rows.filter(isOrphan)) {
        orphans.add(row.key);
        this.#giveUp({ ...row, failure: SESSION_LOST });
      }
    }
  }

  #take(row: TaskRow): void {
    if (isDamaged(row)) this.#giveUp(row);
    else this.#took(row);
  }

  #giveUp(row: TaskRow): void {
    this.#log("error", row, String(row.failure?.message));
    const end = (): void => this.#end(row, row.failure as Failure, end);
    end();
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
    if (fetchBefore !== row.backgroundFetch?.id) void this.carried.left(fetchBefore);
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
    const stack = "stack" in outcome ? outcome.stack : undefined;
    const detail = stack ?? ("message" in outcome ? outcome.message : JSON.stringify(outcome));
    const level = stack === undefined ? "info" : "error";
    this.#log(level, row, `${redacted(row.request.url)} ${outcome.kind}: ${detail}`);
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

const SESSION_LOST = {
  code: "storage-lost",
  message: "The stored session of the task is gone, and the task was given up. Make it again.",
} as const;

const CANCELLED = { code: "cancelled", message: "The task was cancelled." } as const;

function connectionsOf(run: ActiveRun | undefined): number {
  return run === undefined || run.isSettling ? 0 : run.connections;
}

function newRun(session: string, connections: number): ActiveRun {
  return {
    session,
    controller: new AbortController(),
    connections,
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
