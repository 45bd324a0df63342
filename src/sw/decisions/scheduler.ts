import type { TransportReason } from "../../protocol/background-fetch.ts";
import type { TaskActivity } from "../../protocol/task-state.ts";
import type { TaskRow } from "../../store/schema.ts";
import { isCarried } from "../../store/tasks.ts";
import { BEGIN_MS, chooseTransport, HIDDEN_MS } from "./choose-transport.ts";
import { orderOf, WAITS_FOR_OTHERS } from "./order.ts";
import { Places } from "./places.ts";
import { type Reason, reasonOfReceived, reasonToStop, reasonToWait } from "./reason-to-wait.ts";
import { inTurn, LONGEST_SILENCE_MS } from "./silence.ts";
import type { Situation } from "./situation.ts";

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

/** What to do with a running task. */
type Verdict =
  | { readonly kind: "expired" }
  /** The browser moves it; its run here only waits for that. */
  | { readonly kind: "carried" }
  | ({ readonly kind: "waits" } & Reason)
  /** The app is asked whether it may begin. */
  | { readonly kind: "asks" }
  | { readonly kind: "impossible"; readonly reason: TransportReason }
  /** A page should start it as a background fetch; until then its run in the worker continues. */
  | { readonly kind: "hand-over" }
  | { readonly kind: "worker" };

/** Decides what to do now: a pure function of the rows, the conditions and the time (W7). */
export function plan(situation: Situation): Plan {
  const { conditions, configurationOf, connectionsOf, isRunning } = situation;
  const rows = [...situation.rows];
  const { runs, brokenOff, isHeld } = situation;
  // What has a failure is being ended.
  const wanted = rows.filter((row) => row.state === "running" && row.failure === undefined);
  const verdicts = verdictsOn(wanted, situation, orderOf({ rows, runs, brokenOff, isHeld }));
  const { worker, carried, waits, ...those } = byKind(verdicts);

  const places = new Places(situation);
  const handOver = those["hand-over"].sort(byUrgency);
  const running = [...worker, ...handOver].filter(isRunning);
  const stop = waits.filter(isRunning);
  // A run that is stopped has its connections until it has stopped.
  for (const row of [...running, ...stop]) places.hold(row, connectionsOf(row));
  const ready = worker.filter((row) => !isRunning(row)).sort(byUrgency);
  const { connections, line, behind } = places.give(inTurn(ready, conditions));
  const start = [...carried.filter((row) => !isRunning(row)), ...connections.keys()];

  const waiting = new Map<TaskRow, TaskActivity>();
  const nextAttempts = nextAttemptsOf(verdicts);
  const impossible = new Map<TaskRow, TransportReason>();
  const changes = [...wanted.map(deadlineOf), ...[...verdicts.values()].map(endOf)];
  for (const [row, verdict] of verdicts) {
    if (verdict.kind === "waits") {
      if (!isRunning(row)) waiting.set(row, verdict.activity);
    } else if (verdict.kind === "impossible") impossible.set(row, verdict.reason);
    else if (verdict.kind === "hand-over" && !isRunning(row)) waiting.set(row, "waiting-for-page");
  }
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
  // A task that waits for a page must not keep the worker awake, nor one that waits for others: they do.
  const isAsleep = (row: TaskRow) => WAITS_FOR_OTHERS.has(waiting.get(row) ?? "none");
  const unheld = wanted.filter((row) => row.hold?.asksAgain !== false && !isAsleep(row));
  // A registration is watched until it should have begun.
  const watchedUntil = ({ backgroundFetch }: TaskRow) =>
    backgroundFetch === undefined || backgroundFetch.reason === "asked-for"
      ? 0
      : backgroundFetch.startedAt + BEGIN_MS;
  changes.push(...carried.map(watchedUntil));
  const isMoved = (row: TaskRow) =>
    NEEDS_NO_WORKER.has(waiting.get(row) ?? "none") ||
    (isCarried(row) && watchedUntil(row) <= conditions.now);
  return {
    start,
    connections,
    line,
    stop,
    ask: those.asks,
    expired: those.expired,
    candidates: [...running, ...start, ...line].filter(
      (row) => row.backgroundFetch === undefined && !row.isReceived,
    ),
    handOver,
    impossible,
    waiting,
    nextAttempts,
    busy: new Set(unheld.map((row) => row.session)),
    isWatched: unheld.some((row) => waiting.get(row) !== "waiting-for-idle"),
    needsWorker: unheld.some((row) => !isMoved(row)),
    wakeAt: earliestAfter(conditions.now, changes),
  };
}

/** The rows by what is to be done with them, in their order. */
function byKind(verdicts: ReadonlyMap<TaskRow, Verdict>): Record<Verdict["kind"], TaskRow[]> {
  const kinds: Record<Verdict["kind"], TaskRow[]> = {
    expired: [],
    carried: [],
    waits: [],
    asks: [],
    impossible: [],
    "hand-over": [],
    worker: [],
  };
  for (const [row, { kind }] of verdicts) kinds[kind].push(row);
  return kinds;
}

function nextAttemptsOf(verdicts: ReadonlyMap<TaskRow, Verdict>): Map<TaskRow, number> {
  const nextAttempts = new Map<TaskRow, number>();
  for (const [row, verdict] of verdicts)
    if (verdict.kind === "waits" && verdict.until !== undefined) nextAttempts.set(row, verdict.until);
  return nextAttempts;
}

/** When the clock ends it; infinite for never. */
function endOf(verdict: Verdict): number {
  const { until, nextTry = until } = verdict.kind === "waits" ? verdict : {};
  return nextTry ?? Number.POSITIVE_INFINITY;
}

/** What a task waits for that may take long, and that wakes the worker if it comes. */
const NEEDS_NO_WORKER: ReadonlySet<TaskActivity> = new Set(["waiting-for-page", "waiting-for-idle"] as const);

type OthersFor = ReturnType<typeof orderOf>;

/** Tasks that may choose their time come after those that may not. */
function verdictsOn(
  wanted: readonly TaskRow[],
  situation: Situation,
  othersFor: OthersFor,
): ReadonlyMap<TaskRow, Verdict> {
  const isDiscretionary = (row: TaskRow): boolean => situation.configurationOf(row).isDiscretionary;
  const verdicts = new Map<TaskRow, Verdict>();
  const judge = (rows: readonly TaskRow[], isIdle: boolean): void => {
    for (const row of rows) verdicts.set(row, verdictOn(row, situation, othersFor, isIdle));
  };
  judge(
    wanted.filter((row) => !isDiscretionary(row)),
    true,
  );
  const isIdle = ![...verdicts].some(
    ([row, { kind }]) => ["worker", "carried"].includes(kind) || situation.isRunning(row),
  );
  judge(wanted.filter(isDiscretionary), isIdle);
  return verdicts;
}

/** @param isIdle no task is under way that may not choose its time */
function verdictOn(row: TaskRow, situation: Situation, othersFor: OthersFor, isIdle: boolean): Verdict {
  const { conditions, configurationOf, isRunning } = situation;
  if (deadlineOf(row) <= conditions.now) return { kind: "expired" };
  if (isCarried(row) && !row.isReceived) return { kind: "carried" };
  const reason = isRunning(row)
    ? reasonToStop(row, situation)
    : (row.isReceived ? reasonOfReceived : reasonToWait)(row, situation, othersFor, isIdle);
  if (reason !== undefined) return { kind: "waits", ...reason };
  if (row.asksToBegin && !isRunning(row)) return { kind: "asks" };
  if (row.isReceived) return { kind: "worker" };
  // The bytes before the start of the registration are the worker's.
  if (row.backgroundFetch !== undefined) return { kind: "worker" };
  const configuration = configurationOf(row);
  const choice = chooseTransport(row, configuration, conditions.transport, isRunning(row));
  if (choice.way === "none") return { kind: "impossible", reason: choice.reason };
  return { kind: choice.way === "worker" ? "worker" : "hand-over" };
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
