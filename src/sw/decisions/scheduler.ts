import type { TransportReason } from "../../protocol/background-fetch.ts";
import type { TaskActivity } from "../../protocol/task-state.ts";
import type { TaskRow } from "../../store/schema.ts";
import { isCarried } from "../../store/tasks.ts";
import { BEGIN_MS, HIDDEN_MS } from "./choose-transport.ts";
import { orderOf, WAITS_FOR_OTHERS } from "./order.ts";
import { Places } from "./places.ts";
import { inTurn, LONGEST_SILENCE_MS } from "./silence.ts";
import type { Situation } from "./situation.ts";
import { judge } from "./verdicts.ts";

export interface Plan {
  /** In the order in which to start them. */
  readonly start: readonly TaskRow[];
  /** How many connections each task gets that the worker moves. */
  readonly connections: ReadonlyMap<TaskRow, number>;
  /** In the same order, the tasks that only lack a place. */
  readonly line: readonly TaskRow[];
  /** Their runs have to stop at a checkpoint: the network is no longer allowed. */
  readonly stop: readonly TaskRow[];
  /** They would begin now, but the app is asked first. */
  readonly ask: readonly TaskRow[];
  /** Their deadline has passed. */
  readonly expired: readonly TaskRow[];
  /** The tasks that could be handed over to the browser, in the order in which they started or will start. */
  readonly candidates: readonly TaskRow[];
  /** The tasks that a page should start as a background fetch. */
  readonly handOver: readonly TaskRow[];
  /** The app insists on a transport that is impossible for them, for this reason. */
  readonly impossible: ReadonlyMap<TaskRow, TransportReason>;
  /** Why the others wait. */
  readonly waiting: ReadonlyMap<TaskRow, TaskActivity>;
  /** When waiting tasks go on by themselves, if that is known; milliseconds since the epoch. */
  readonly nextAttempts: ReadonlyMap<TaskRow, number>;
  /** The sessions with a task that has work to do. */
  readonly busy: ReadonlySet<string>;
  /** There is work that has to be watched while a page is open: not what waits for a better moment, which may take a day. */
  readonly isWatched: boolean;
  /** There is work that only the worker can do: it must stay awake. */
  readonly needsWorker: boolean;
  /** When the plan next changes by the passing of time alone. */
  readonly wakeAt: number | undefined;
}

/** Decides what to do now: a pure function of the rows, the conditions and the time (W7). */
export function plan(situation: Situation): Plan {
  const { conditions, configurationOf, connectionsOf, isRunning } = situation;
  const { rows, runs, brokenOff, isHeld } = situation;
  // What has a failure is being ended.
  const wanted = rows.filter((row) => row.state === "running" && row.failure === undefined);
  const judged = judge(wanted, situation, orderOf({ rows, runs, brokenOff, isHeld }));
  const { waiting, stop, nextAttempts, impossible } = judged;
  const { worker = [], carried = [], asks = [], expired = [], "hand-over": handOver = [] } = judged.rows;
  const changes = [...wanted.map(({ deadline }) => deadline), ...judged.ends];

  const places = new Places(situation);
  handOver.sort(byUrgency);
  const running = [...worker, ...handOver].filter(isRunning);
  // A run that is stopped has its connections until it has stopped.
  for (const row of [...running, ...stop]) places.hold(row, connectionsOf(row));
  const ready = worker.filter((row) => !isRunning(row)).sort(byUrgency);
  const { connections, line, behind } = places.give(inTurn(ready, conditions));
  const start = [...carried.filter((row) => !isRunning(row)), ...connections.keys()];

  for (const row of behind) {
    waiting.set(row, "waiting-for-network");
    changes.push(conditions.now + LONGEST_SILENCE_MS);
  }
  for (const row of line) {
    waiting.set(row, "waiting-for-turn");
    // If its session has just started another one.
    changes.push(conditions.now + configurationOf(row).minimumStartInterval * 1000);
  }
  const { pages, hiddenMs } = conditions.transport;
  if (pages === "hidden") changes.push(conditions.now + HIDDEN_MS - hiddenMs);
  for (const row of carried) changes.push(watchedUntil(row));
  return {
    start,
    connections,
    line,
    stop,
    ask: asks,
    expired,
    candidates: [...running, ...start, ...line].filter(
      (row) => row.backgroundFetch === undefined && !row.isReceived,
    ),
    handOver,
    impossible,
    waiting,
    nextAttempts,
    ...workloadOf(wanted, waiting, conditions.now),
    wakeAt: earliestAfter(conditions.now, changes),
  };
}

function workloadOf(
  wanted: readonly TaskRow[],
  waiting: Plan["waiting"],
  now: number,
): Pick<Plan, "busy" | "isWatched" | "needsWorker"> {
  const busy = new Set<string>();
  let isWatched = false;
  let needsWorker = false;
  for (const row of wanted) {
    const activity = waiting.get(row) ?? "none";
    // A task that waits for a page must not keep the worker awake, nor one that waits for others: they do.
    if (row.hold?.asksAgain === false || WAITS_FOR_OTHERS.has(activity)) continue;
    busy.add(row.session);
    isWatched ||= activity !== "waiting-for-idle";
    needsWorker ||= !NEEDS_NO_WORKER.has(activity) && !(isCarried(row) && watchedUntil(row) <= now);
  }
  return { busy, isWatched, needsWorker };
}

/** A registration is watched until it should have begun. */
function watchedUntil({ backgroundFetch }: TaskRow): number {
  return backgroundFetch === undefined || backgroundFetch.reason === "asked-for"
    ? 0
    : backgroundFetch.startedAt + BEGIN_MS;
}

/** What a task waits for that may take long, and that wakes the worker if it comes. */
const NEEDS_NO_WORKER: ReadonlySet<TaskActivity> = new Set(["waiting-for-page", "waiting-for-idle"] as const);

function earliestAfter(now: number, times: readonly (number | undefined)[]): number | undefined {
  let earliest = Number.POSITIVE_INFINITY;
  for (const time of times) if (time !== undefined && time > now && time < earliest) earliest = time;
  return Number.isFinite(earliest) ? earliest : undefined;
}

function byUrgency(a: TaskRow, b: TaskRow): number {
  return b.priority - a.priority || a.order - b.order;
}
