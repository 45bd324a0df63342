import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { TaskRow } from "../../store/schema.ts";
import { type Plan, plan } from "../decisions/scheduler.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { LiveRows } from "./live-rows.ts";
import type { Runs } from "./runs.ts";
import type { World } from "./world.ts";

/** If at least this many tasks are in line, a free place is filled without planning everything. */
const LONG_LINE = 200;
const NEXT_IN_LINE = 32;
const REPLAN_MS = 100;
/** Not every worker gets an `online` event, and some get it before `onLine` is true. */
const OFFLINE_CHECK_MS = 2_000;
/** The longest time setTimeout can take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface PlannerOptions {
  readonly host: DaemonHost;
  readonly rows: LiveRows;
  readonly runs: Runs;
  readonly configurationOf: (row: TaskRow) => StoredConfiguration;
  readonly world: World;
  readonly maximumConnections?: number | undefined;
  /** Everything was planned anew, and the runs of the plan have started. */
  readonly onPlan: (plan: Plan) => void;
}

/** Decides when to plan: once for all the reasons of a turn, when time brings a change, and when a run has ended. */
export class Planner {
  readonly #options: PlannerOptions;
  /** The tasks that only wait for their turn, as of the last whole plan. */
  #line: readonly TaskRow[] = [];
  #isStopped = true;
  #isScheduled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #replanTimer: ReturnType<typeof setTimeout> | undefined;
  #onlineTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isStopped = false;
    this.#planAll();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#replanTimer);
    clearInterval(this.#onlineTimer);
  }

  /** Plans anew, once for all the reasons of this turn. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#planAll();
    });
  }

  /**
   * A run ended. If the line is long, looks at the next few tasks only and plans everything a little later: otherwise
   * the work would grow with the square of the number of tasks.
   */
  fillPlace(): void {
    if (this.#line.length < LONG_LINE) {
      this.schedule();
      return;
    }
    if (this.#isStopped) return;
    const { runs, rows } = this.#options;
    const { byKey } = rows;
    const running = [...runs.byKey.keys()].map((key) => byKey.get(key)).filter((row) => row !== undefined);
    const next = this.#line.slice(0, NEXT_IN_LINE).filter((row) => byKey.get(row.key) === row);
    const planned = this.#plan([...running, ...next]);
    this.#startAll(planned);
    this.#line = [...next.filter((row) => !planned.start.includes(row)), ...this.#line.slice(NEXT_IN_LINE)];
    this.#replanTimer ??= setTimeout(() => this.schedule(), REPLAN_MS);
  }

  #planAll(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#replanTimer);
    this.#replanTimer = undefined;
    const { host, rows, onPlan } = this.#options;
    const whole = this.#plan(rows.all);
    this.#line = whole.line;
    this.#startAll(whole);
    clearInterval(this.#onlineTimer);
    if (whole.busy.size > 0 && !host.isOnline())
      this.#onlineTimer = setInterval(() => host.isOnline() && this.schedule(), OFFLINE_CHECK_MS);
    this.#wakeAt(whole.wakeAt ?? Number.POSITIVE_INFINITY);
    onPlan(whole);
  }

  #plan(rows: readonly TaskRow[]): Plan {
    const { runs, configurationOf, maximumConnections, world } = this.#options;
    return plan({
      maximumConnections,
      rows,
      runs: [...runs.byKey.values()].map(({ row }) => row),
      brokenOff: runs.brokenOff,
      isHeld: (row) => this.#options.rows.isHeld(row),
      lastStartOf: (session) => runs.lastStarts.get(session),
      isRunning: ({ key }) => runs.byKey.has(key),
      connectionsOf: ({ key }) => runs.connectionsOf(key),
      configurationOf,
      conditions: world.conditions(),
    });
  }

  #startAll({ start, connections }: Plan): void {
    for (const row of start) this.#options.runs.start(row, connections.get(row) ?? 1);
  }

  /** @param time infinite for never */
  #wakeAt(time: number): void {
    clearTimeout(this.#timer);
    if (time === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(0, time - this.#options.host.now()), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.schedule(), delayMs);
  }
}
