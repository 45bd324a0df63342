import type { StoredConfiguration } from "../../protocol/configuration.ts";
import { SessionError } from "../../protocol/session-error.ts";
import { isFinished } from "../../protocol/task-state.ts";
import { isShort } from "../../store/connection-limits.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import { changed, isCarried, type RowChange } from "../../store/tasks.ts";
import { addressOf } from "../decisions/address.ts";
import { afterOutcome } from "../decisions/after-outcome.ts";
import { outcomeOfError } from "../decisions/failure-class.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import { ActiveRun } from "./active-run.ts";
import type { Answers } from "./answers.ts";
import type { Attempts } from "./attempts.ts";
import { changeFile } from "./change-file.ts";
import type { LiveRows } from "./live-rows.ts";
import { withMetrics } from "./run-metrics.ts";
import type { TaskLog } from "./task-log.ts";
import type { World } from "./world.ts";

/** At most this many outcomes are stored beside full places: a slow disk stops the network, not the memory. */
const MAX_SETTLING = 6;
/**
 * How long a request that was broken off counts as being sent. The browser closes its connection a moment later, in
 * another process: of 300 requests that were sent at once, Chromium sent 146 before that, after 20 ms none.
 */
const BREAK_OFF_MS = 50;

export interface RunsOptions {
  readonly host: DaemonHost;
  readonly rows: LiveRows;
  readonly configurationOf: (row: TaskRow) => StoredConfiguration;
  readonly world: World;
  readonly answers: Answers;
  readonly attempts: Attempts;
  readonly log: TaskLog;
  readonly tell: (row: TaskRow) => void;
  /** Starts other runs. */
  readonly fillPlace: () => void;
}

/** The runs that are going on: starts and stops them, and stores the outcome of each. */
export class Runs {
  readonly #options: RunsOptions;
  readonly #runs = new Map<string, ActiveRun>();
  readonly #brokenOff = new Map<ActiveRun, Promise<unknown>>();
  /** When a run of each session last began. */
  readonly lastStarts: Map<string, number> = new Map();

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  get byKey(): ReadonlyMap<string, ActiveRun> {
    return this.#runs;
  }

  /** The tasks of which a request was just broken off. */
  get brokenOff(): TaskRow[] {
    return [...this.#brokenOff.keys()].map(({ row }) => row);
  }

  readonly factsOf = (key: string): LiveFacts | undefined => this.#runs.get(key)?.facts;

  /** None once the bytes of the run are done. */
  connectionsOf(key: string): number {
    const run = this.#runs.get(key);
    return run === undefined || run.isSettling ? 0 : run.connections;
  }

  /** A key is unique, but a command may name another session's. */
  of(session: string, key: string): ActiveRun | undefined {
    const run = this.#runs.get(key);
    return run?.session === session ? run : undefined;
  }

  start(row: TaskRow, connections: number): void {
    const now = this.#options.host.now();
    const run = new ActiveRun(row, connections, now, this.#options.answers.count);
    run.rate = this.#options.configurationOf(row).maximumDownloadRate;
    this.#runs.set(row.key, run);
    if (!row.isReceived) this.lastStarts.set(row.session, now);
    if (row.backoff?.isUnanswered) this.#options.world.silentHosts.tried(addressOf(row).host, now);
    this.#options.tell(row);
    run.over = this.#run(row, run);
  }

  /** Returns the row with the metrics of its run so far, if it is to be ended in the middle of one. */
  measured(row: TaskRow): TaskRow {
    const run = this.of(row.session, row.key);
    const { host } = this.#options;
    return run === undefined || isFinished(row.state) ? row : withMetrics(row, run, host.now(), host);
  }

  readonly stopRun = (session: string, key: string): void => this.of(session, key)?.stop();

  /** Stops the downloads that began with another limit, if they lose nothing by that: they go on at once. */
  stopAtOtherRates(): void {
    const { rows, configurationOf } = this.#options;
    for (const [key, run] of this.#runs) {
      const { row, rate, answer } = run;
      const { validator } = rows.byKey.get(key)?.file ?? {};
      const isFree = answer === undefined || (answer.status === 206 && validator !== undefined);
      const isPlain = row.kind === "download" && row.request.method === "GET";
      if (isPlain && isFree && configurationOf(row).maximumDownloadRate !== rate) run.stop();
    }
  }

  /** Fulfils when they have stopped: a file may just be getting its name. */
  async stopSession(session: string): Promise<void> {
    const runs = [...this.#runs.values()].filter((run) => run.session === session);
    for (const run of runs) run.stop();
    await Promise.all(runs.map(({ over }) => over));
    // Nothing of a session is sent after its deletion.
    await Promise.all([...this.#brokenOff].map(([run, over]) => run.session === session && over));
  }

  /** Stops all of them. Fulfils when their outcomes are stored and the browser has closed their connections. */
  async stop(): Promise<void> {
    const runs = [...this.#runs.values()];
    for (const run of runs) run.stop();
    await Promise.all(runs.map(({ over }) => over));
    const isStolen = this.#options.host.database.fence !== undefined;
    if (!isStolen) await Promise.all(this.#brokenOff.values());
  }

  /** Never rejects. */
  async #run(planned: TaskRow, run: ActiveRun): Promise<void> {
    const { rows, attempts } = this.#options;
    try {
      const row = await rows.upToDate(planned);
      if (row?.state !== "running" || run.signal.aborted) return;
      const outcome = await attempts.make(row, run);
      if (run.signal.aborted && run.requests > 0) this.#breakOff(run);
      await this.#store(row, run, outcome);
    } catch (error) {
      await this.#onNotStored(planned, run, error);
    } finally {
      this.#remove(planned.key, run);
      this.#options.fillPlace();
    }
  }

  /** Its place is free, but what must not be sent beside it waits: the task itself, too. */
  #breakOff(run: ActiveRun): void {
    const over = new Promise((resolve) => setTimeout(resolve, BREAK_OFF_MS)).then(() => {
      this.#brokenOff.delete(run);
      this.#options.fillPlace();
    });
    this.#brokenOff.set(run, over);
  }

  async #store(row: TaskRow, run: ActiveRun, outcome: Outcome): Promise<void> {
    const { host, rows, configurationOf, world, answers } = this.#options;
    if (outcome.kind !== "unanswered") this.#noteAnswer(row, run);
    if (outcome.kind === "finished") this.#giveUpPlace(run);
    if (outcome.kind !== "finished" && outcome.kind !== "stopped") this.#logOutcome(row, outcome);
    const facts = {
      now: host.now(),
      jitter: host.random(),
      configuration: configurationOf(row),
    };
    const { host: name } = addressOf(row);
    if (outcome.kind === "unanswered" && !outcome.isSuspectedBlock)
      world.silentHosts.failed(name, run.startedAt, facts.now, facts.jitter);
    // Also if a try was stopped or has sent nothing: the others do not wait for it.
    else if (outcome.kind === "unanswered" || row.backoff?.isUnanswered) world.silentHosts.answered(name);
    const isCarrierDone = isCarried(row) && outcome.kind !== "stopped";
    const next: RowChange = async (current, tx) => {
      // An answer may be stored just before.
      const isAnswered = outcome.kind === "withheld" && answers.isNewerThan(run, outcome);
      const after = afterOutcome(current, outcome, { ...facts, isAnswered });
      await changeFile(tx, current, after, outcome);
      const next = isCarrierDone ? changed(after, { backgroundFetch: undefined }) : after;
      return isFinished(current.state) ? next : withMetrics(next, run, facts.now, host);
    };
    // What goes on is planned as not running: it may have to wait, and the facts of its run no longer hold.
    const storing = rows.change(row.session, row.key, next, ({ state }) => {
      if (!isFinished(state)) this.#remove(row.key, run);
    });
    await storing.catch((error: unknown) => {
      const hasBytes = outcome.kind === "finished" && outcome.bytes !== undefined;
      const isFull = error instanceof SessionError && error.code === "storage-full";
      if (!hasBytes || !isFull) throw error;
      // As if a checkpoint had not fitted: the same bytes would not fit the next time either.
      return this.#store(row, run, outcomeOfError(error, run.signal.aborted));
    });
  }

  #remove(key: string, run: ActiveRun): void {
    if (this.#runs.get(key) === run) this.#runs.delete(key);
  }

  /**
   * The disk refused the outcome of a run, or a read of its row. Backs off in memory: at worst the attempt is made
   * again, from what is on disk.
   */
  async #onNotStored(row: TaskRow, run: ActiveRun, error: unknown): Promise<void> {
    const { host, rows, log } = this.#options;
    if (!run.signal.aborted)
      log("error", row, `The outcome of an attempt could not be stored: ${String(error)}`);
    rows.markStale(row.key);
    await rows.upToDate(row).catch(() => {});
    const backoff = { since: host.now(), tries: 5, jitter: 1, floorMs: 0, isUnanswered: false };
    rows.amend(row.key, { backoff });
  }

  #noteAnswer(row: TaskRow, run: ActiveRun): void {
    const { host } = addressOf(row);
    const short = [...this.#runs.values()].filter(
      (one) => isShort(one.row) && addressOf(one.row).host === host,
    );
    const answer = isShort(row) ? run.timedAnswer : undefined;
    this.#options.world.multiplexedHosts.answered(row.request.url, answer, short.length);
  }

  /** The next request goes out while the disk stores the outcome of this one. */
  #giveUpPlace(run: ActiveRun): void {
    const settling = [...this.#runs.values()].filter(({ isSettling }) => isSettling).length;
    if (settling >= MAX_SETTLING) return;
    run.isSettling = true;
    this.#options.fillPlace();
  }

  #logOutcome(row: TaskRow, outcome: Exclude<Outcome, { kind: "finished" | "stopped" }>): void {
    const stack = "stack" in outcome ? outcome.stack : undefined;
    const detail = stack ?? ("message" in outcome ? outcome.message : JSON.stringify(outcome, withoutHeads));
    const level = stack === undefined ? "info" : "error";
    this.#options.log(level, row, `${row.request.url} ${outcome.kind}: ${detail}`);
  }
}

/** Answers have URLs with queries, and headers. */
const HEADS: readonly string[] = ["response", "answer", "challenge"];

function withoutHeads(name: string, value: unknown): unknown {
  return HEADS.includes(name) ? undefined : value;
}
