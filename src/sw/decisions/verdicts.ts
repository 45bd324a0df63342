import type { TransportReason } from "../../protocol/background-fetch.ts";
import type { TaskActivity } from "../../protocol/task-state.ts";
import type { TaskRow } from "../../store/schema.ts";
import { isCarried } from "../../store/tasks.ts";
import { chooseTransport } from "./choose-transport.ts";
import type { orderOf } from "./order.ts";
import { type Reason, reasonOfReceived, reasonToStop, reasonToWait } from "./reason-to-wait.ts";
import type { Situation } from "./situation.ts";

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

type OthersFor = ReturnType<typeof orderOf>;

/** What is to be done with each of the wanted tasks, as far as it does not depend on places. */
export interface Judged {
  /** By what is to be done with them, in their order. */
  readonly rows: { [Kind in Verdict["kind"]]?: TaskRow[] };
  /** Their runs have to wait as well. */
  readonly stop: TaskRow[];
  readonly waiting: Map<TaskRow, TaskActivity>;
  readonly nextAttempts: Map<TaskRow, number>;
  readonly impossible: Map<TaskRow, TransportReason>;
  /** When the clock ends each wait; undefined for never. */
  readonly ends: (number | undefined)[];
}

/** Judges the tasks that are to run; those that may choose their time come after those that may not. */
export function judge(wanted: readonly TaskRow[], situation: Situation, othersFor: OthersFor): Judged {
  const { configurationOf, isRunning } = situation;
  const judged: Judged = {
    rows: {},
    stop: [],
    waiting: new Map(),
    nextAttempts: new Map(),
    impossible: new Map(),
    ends: [],
  };
  const { rows, stop, waiting, nextAttempts, impossible, ends } = judged;
  const take = (row: TaskRow, isIdle: boolean): void => {
    const verdict = verdictOn(row, situation, othersFor, isIdle);
    rows[verdict.kind] ??= [];
    rows[verdict.kind]?.push(row);
    if (verdict.kind === "waits") {
      const { activity, until, nextTry = until } = verdict;
      ends.push(nextTry);
      if (until !== undefined) nextAttempts.set(row, until);
      if (isRunning(row)) stop.push(row);
      else waiting.set(row, activity);
    } else if (verdict.kind === "impossible") impossible.set(row, verdict.reason);
    else if (verdict.kind === "hand-over" && !isRunning(row)) waiting.set(row, "waiting-for-page");
  };
  const patient: TaskRow[] = [];
  for (const row of wanted) {
    if (configurationOf(row).isDiscretionary) patient.push(row);
    else take(row, true);
  }
  if (patient.length > 0) {
    const isIdle = !rows.worker && !rows.carried && !Object.values(rows).flat().some(isRunning);
    for (const row of patient) take(row, isIdle);
  }
  return judged;
}

/** @param isIdle no task is under way that may not choose its time */
function verdictOn(row: TaskRow, situation: Situation, othersFor: OthersFor, isIdle: boolean): Verdict {
  const { conditions, configurationOf, isRunning } = situation;
  if (row.deadline !== undefined && row.deadline <= conditions.now) return { kind: "expired" };
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
