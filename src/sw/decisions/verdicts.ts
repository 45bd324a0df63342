import type { TransportReason } from "../../protocol/background-fetch.ts";
import type { TaskActivity } from "../../protocol/task-state.ts";
import type { TaskRow } from "../../store/schema.ts";
import { isCarried } from "../../store/tasks.ts";
import { chooseTransport } from "./choose-transport.ts";
import type { NextTime } from "./next-time.ts";
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
  readonly rows: Record<Verdict["kind"], TaskRow[]>;
  readonly waiting: Map<TaskRow, TaskActivity>;
  readonly nextAttempts: Map<TaskRow, number>;
  readonly impossible: Map<TaskRow, TransportReason>;
}

/**
 * Judges the tasks that are to run; those that may choose their time come after those that may not.
 * @param next learns when a wait ends
 */
export function judge(
  wanted: readonly TaskRow[],
  situation: Situation,
  othersFor: OthersFor,
  next: NextTime,
): Judged {
  const { configurationOf, isRunning } = situation;
  const rows: Judged["rows"] = {
    expired: [],
    carried: [],
    waits: [],
    asks: [],
    impossible: [],
    "hand-over": [],
    worker: [],
  };
  const waiting: Judged["waiting"] = new Map();
  const nextAttempts: Judged["nextAttempts"] = new Map();
  const impossible: Judged["impossible"] = new Map();
  const take = (row: TaskRow, isIdle: boolean): void => {
    const verdict = verdictOn(row, situation, othersFor, isIdle);
    rows[verdict.kind].push(row);
    if (verdict.kind === "waits") {
      const { activity, until, nextTry = until } = verdict;
      next.add(nextTry);
      if (until !== undefined) nextAttempts.set(row, until);
      if (!isRunning(row)) waiting.set(row, activity);
    } else if (verdict.kind === "impossible") impossible.set(row, verdict.reason);
    else if (verdict.kind === "hand-over" && !isRunning(row)) waiting.set(row, "waiting-for-page");
  };
  const patient: TaskRow[] = [];
  for (const row of wanted) {
    if (configurationOf(row).isDiscretionary) patient.push(row);
    else take(row, true);
  }
  if (patient.length > 0) {
    const isBusy = rows.worker.length + rows.carried.length > 0 || Object.values(rows).flat().some(isRunning);
    for (const row of patient) take(row, !isBusy);
  }
  return { rows, waiting, nextAttempts, impossible };
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
