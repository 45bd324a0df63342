import type { StoredConfiguration } from "../protocol/configuration.ts";
import type { TaskActivity } from "../protocol/task-state.ts";
import type { TaskRow } from "../store/schema.ts";
import { dueTime, type RetryConditions } from "./retry-policy.ts";

export interface Conditions extends RetryConditions {
  readonly isOnline: boolean;
  /** Undefined where the browser does not say. */
  readonly isExpensive: boolean | undefined;
  readonly isConstrained: boolean | undefined;
  /** Hosts seen to speak HTTP/2 or later. */
  readonly multiplexedHosts: ReadonlySet<string>;
}

export interface Situation {
  /** Every unfinished task. */
  readonly rows: Iterable<TaskRow>;
  /** Whether a run of this task is going on. */
  isRunning(row: TaskRow): boolean;
  /** Of one that runs: it takes no connection any more. */
  isSettling(row: TaskRow): boolean;
  configurationOf(session: string): StoredConfiguration;
  readonly conditions: Conditions;
}

export interface Plan {
  /** In the order in which they are to start. */
  readonly start: readonly TaskRow[];
  /** In the same order, those that could start but for the limits of their hosts. */
  readonly line: readonly TaskRow[];
  /** Their time is over. */
  readonly expired: readonly TaskRow[];
  /** Why the others wait. */
  readonly waiting: ReadonlyMap<TaskRow, TaskActivity>;
  /** The sessions with a task that wants to go on: while there is one the daemon must not sleep. */
  readonly busy: ReadonlySet<string>;
  /** When something changes by the passing of time alone. */
  readonly wakeAt: number | undefined;
}

/** While a page is visible it gets two of the six connections that a browser opens to an HTTP/1.1 host. */
export const LONG_TRANSFERS_WHILE_VISIBLE = 4;

/** Decides what to do now: a pure function of the rows, the conditions and the time (W7). */
export function plan(situation: Situation): Plan {
  const { conditions, isRunning } = situation;
  const expired: TaskRow[] = [];
  const ready: TaskRow[] = [];
  const waiting = new Map<TaskRow, TaskActivity>();
  const hosts = new HostSlots(situation);
  const changes: number[] = [];
  const wanted = [...situation.rows].filter((row) => row.state === "running");

  for (const row of wanted) {
    const deadline = deadlineOf(row);
    if (deadline <= conditions.now) {
      expired.push(row);
      continue;
    }
    const reason = isRunning(row) ? undefined : reasonToWait(row, situation);
    if (isRunning(row)) hosts.take(row);
    else if (reason === undefined) ready.push(row);
    else waiting.set(row, reason.activity);
    changes.push(deadline, reason?.until ?? Number.POSITIVE_INFINITY);
  }

  const start: TaskRow[] = [];
  const line: TaskRow[] = [];
  for (const row of ready.sort(byUrgency)) (hosts.take(row) ? start : line).push(row);
  for (const row of line) waiting.set(row, "waiting-for-turn");
  return {
    start,
    line,
    expired,
    waiting,
    // What waits for a page would only keep the worker awake.
    busy: new Set(wanted.filter((row) => row.hold?.asksAgain !== false).map((row) => row.session)),
    wakeAt: earliestAfter(conditions.now, changes),
  };
}

function deadlineOf(row: TaskRow): number {
  return row.deadline ?? Number.POSITIVE_INFINITY;
}

function earliestAfter(now: number, times: readonly number[]): number | undefined {
  let earliest = Number.POSITIVE_INFINITY;
  for (const time of times) if (time > now && time < earliest) earliest = time;
  return Number.isFinite(earliest) ? earliest : undefined;
}

function byUrgency(a: TaskRow, b: TaskRow): number {
  return b.priority - a.priority || a.order - b.order;
}

interface Reason {
  readonly activity: TaskActivity;
  readonly until?: number;
}

function reasonToWait(row: TaskRow, { conditions, configurationOf }: Situation): Reason | undefined {
  const { now } = conditions;
  if (row.earliestBeginDate !== undefined && row.earliestBeginDate > now) {
    return { activity: "waiting-for-date", until: row.earliestBeginDate };
  }
  if (!conditions.isOnline) return { activity: "waiting-for-network" };
  const configuration = configurationOf(row.session);
  const isForbidden =
    (conditions.isExpensive && !configuration.allowsExpensiveNetworkAccess) ||
    (conditions.isConstrained && !configuration.allowsConstrainedNetworkAccess);
  if (isForbidden) return { activity: "waiting-for-allowed-network" };
  if (row.hold?.asksAgain === false) return { activity: "needs-authorization" };
  if (row.backoff === undefined) return undefined;
  const until = dueTime(row.backoff, conditions);
  // Also where a damaged row makes no sense of it: to try is better than to wait for ever.
  if (!(until > now)) return undefined;
  if (row.hold !== undefined) return { activity: "needs-authorization", until };
  return { activity: row.backoff.isUnanswered ? "waiting-for-network" : "backing-off", until };
}

/** Parsing an address costs more than the rest of a plan, and a row is planned many times. */
const HOSTS = new WeakMap<TaskRow, string>();

function hostOf(row: TaskRow): string {
  const host = HOSTS.get(row) ?? new URL(row.request.url).host;
  HOSTS.set(row, host);
  return host;
}

/** Counts what runs on each host. */
class HostSlots {
  readonly #situation: Situation;
  readonly #all = new Map<string, number>();
  readonly #long = new Map<string, number>();

  constructor(situation: Situation) {
    this.#situation = situation;
  }

  /** Takes a place for `row`. @returns false where none is free */
  take(row: TaskRow): boolean {
    const { conditions, configurationOf, isRunning, isSettling } = this.#situation;
    if (isSettling(row)) return true;
    const host = hostOf(row);
    const all = this.#all.get(host) ?? 0;
    const long = this.#long.get(host) ?? 0;
    const isLong = row.kind !== "data";
    if (!isRunning(row)) {
      if (all >= configurationOf(row.session).httpMaximumConnectionsPerHost) return false;
      const isShared = conditions.isVisible && !conditions.multiplexedHosts.has(host);
      if (isLong && isShared && long >= LONG_TRANSFERS_WHILE_VISIBLE) return false;
    }
    this.#all.set(host, all + 1);
    if (isLong) this.#long.set(host, long + 1);
    return true;
  }
}
