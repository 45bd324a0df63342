import type { TaskRow } from "../../store/schema.ts";
import type { Plan } from "../decisions/scheduler.ts";

/** From so many tasks in line on, a free place is filled without planning everything. */
const LONG_LINE = 200;
const NEXT_IN_LINE = 32;
const REPLAN_MS = 100;
/** Not every worker gets an `online` event, and some get it before `onLine` is true. */
const OFFLINE_CHECK_MS = 2_000;
/** The longest time setTimeout can take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface PlannerOptions {
  /** Every unfinished task, by key. */
  readonly rows: ReadonlyMap<string, TaskRow>;
  /** What runs, by key. */
  readonly runs: ReadonlyMap<string, unknown>;
  readonly now: () => number;
  readonly isOnline: () => boolean;
  readonly plan: (rows: Iterable<TaskRow>) => Plan;
  readonly start: (row: TaskRow, connections: number) => void;
  /** Everything was planned anew; what it starts is started. */
  readonly onPlan: (plan: Plan) => void;
}

/** Decides when to plan: once for all the reasons of a turn, when time brings a change, and when a run ended. */
export class Planner {
  readonly #options: PlannerOptions;
  /** Those that only wait for their turn, as of the last whole plan. */
  #line: readonly TaskRow[] = [];
  #isStopped = true;
  #isScheduled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #replanTimer: ReturnType<typeof setTimeout> | undefined;

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
   * A run ended. Among thousands of tasks only the next ones in line are looked at, so that the work does not grow
   * with the square of their number; everything is planned again a little later.
   */
  fillPlace(): void {
    if (this.#line.length < LONG_LINE) {
      this.schedule();
      return;
    }
    if (this.#isStopped) return;
    const { rows, runs, plan } = this.#options;
    const running = [...runs.keys()].map((key) => rows.get(key)).filter((row) => row !== undefined);
    const next = this.#line.slice(0, NEXT_IN_LINE).filter((row) => rows.get(row.key) === row);
    const planned = plan([...running, ...next]);
    this.#startAll(planned);
    this.#line = [...next.filter((row) => !planned.start.includes(row)), ...this.#line.slice(NEXT_IN_LINE)];
    this.#replanTimer ??= setTimeout(() => this.schedule(), REPLAN_MS);
  }

  #planAll(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#replanTimer);
    this.#replanTimer = undefined;
    const { rows, plan, onPlan, now, isOnline } = this.#options;
    const whole = plan(rows.values());
    this.#line = whole.line;
    this.#startAll(whole);
    this.#wakeAt(whole.busy.size > 0 && !isOnline() ? now() + OFFLINE_CHECK_MS : whole.wakeAt);
    onPlan(whole);
  }

  #startAll({ start, connections }: Plan): void {
    for (const row of start) this.#options.start(row, connections.get(row) ?? 1);
  }

  #wakeAt(time: number | undefined): void {
    clearTimeout(this.#timer);
    if (time === undefined) return;
    const delayMs = Math.min(Math.max(0, time - this.#options.now()), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.schedule(), delayMs);
  }
}
