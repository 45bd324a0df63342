import type { TaskActivity } from "../../protocol/task-state.ts";
import { dueTime } from "../../store/due-time.ts";
import { latestStart } from "../../store/latest-start.ts";
import type { TaskRow } from "../../store/schema.ts";
import { isGoodMoment } from "./discretion.ts";
import type { orderOf } from "./order.ts";
import { nextTryOf } from "./silence.ts";
import type { Conditions, Situation } from "./situation.ts";

/** Why a task waits, and until when by the clock. */
export interface Reason {
  readonly activity: TaskActivity;
  readonly until?: number;
  /** When its silent host is tried again, maybe by another task. */
  readonly nextTry?: number;
}

type OthersFor = ReturnType<typeof orderOf>;

/** @param isIdle no task is under way that may not choose its time */
export function reasonToWait(
  row: TaskRow,
  situation: Situation,
  othersFor: OthersFor,
  isIdle: boolean,
): Reason | undefined {
  return reasonOfOrder(row, situation, othersFor) ?? reasonOfConditions(row, situation, isIdle);
}

/** Why a task waits that needs no network: what is on disk is to be checked or placed. */
export function reasonOfReceived(
  row: TaskRow,
  situation: Situation,
  othersFor: OthersFor,
): Reason | undefined {
  return (
    reasonOfOrder(row, situation, othersFor) ?? reasonOfHold(row) ?? backoffReason(row, situation.conditions)
  );
}

function reasonOfOrder(row: TaskRow, { conditions }: Situation, othersFor: OthersFor): Reason | undefined {
  const others = othersFor(row);
  if (others !== undefined) return { activity: others };
  const { earliestBeginDate = conditions.now } = row;
  return earliestBeginDate > conditions.now
    ? { activity: "waiting-for-date", until: earliestBeginDate }
    : undefined;
}

function reasonOfHold({ hold }: TaskRow): Reason | undefined {
  return hold?.asksAgain === false ? { activity: "needs-authorization" } : undefined;
}

function reasonOfConditions(row: TaskRow, situation: Situation, isIdle: boolean): Reason | undefined {
  const { now } = situation.conditions;
  const backoff = backoffReason(row, situation.conditions);
  // What the app or the server wants is to be waited for with a network as well.
  const own = reasonOfHold(row) ?? (backoff?.activity === "waiting-for-network" ? undefined : backoff);
  if (own !== undefined) return own;
  const network = networkReason(row, situation);
  if (network !== undefined) return { activity: network };
  if (backoff !== undefined) return backoff;
  const latest = latestStart(row);
  if (mayWaitLonger(row, situation, isIdle) && latest > now) {
    return { activity: "waiting-for-idle", until: latest };
  }
  const next = nextStartOf(row, situation);
  return next > now ? { activity: "waiting-for-turn", until: next } : undefined;
}

function mayWaitLonger(row: TaskRow, { conditions, configurationOf }: Situation, isIdle: boolean): boolean {
  return configurationOf(row).isDiscretionary && !(isIdle && isGoodMoment(conditions));
}

function networkReason(row: TaskRow, situation: Situation): TaskActivity | undefined {
  if (!situation.conditions.isOnline) return "waiting-for-network";
  return isForbidden(row, situation) ? "waiting-for-allowed-network" : undefined;
}

/** A request that is under way notices by itself that the network is gone, but not that it is another one. */
export function reasonToStop(row: TaskRow, situation: Situation): Reason | undefined {
  if (row.isReceived) return undefined;
  return isForbidden(row, situation) ? { activity: "waiting-for-allowed-network" } : undefined;
}

function isForbidden(row: TaskRow, { conditions, configurationOf }: Situation): boolean {
  const { allowsExpensiveNetworkAccess, allowsConstrainedNetworkAccess } = configurationOf(row);
  const { isExpensive, isConstrained } = conditions;
  return Boolean(
    (isExpensive && !allowsExpensiveNetworkAccess) || (isConstrained && !allowsConstrainedNetworkAccess),
  );
}

function backoffReason(row: TaskRow, conditions: Conditions): Reason | undefined {
  const { backoff, hold } = row;
  if (backoff === undefined) return undefined;
  const due = dueTime(backoff, conditions);
  const nextTry = nextTryOf(row, conditions) ?? 0;
  // Also if a damaged row yields no time: trying is better than waiting forever.
  if (!(Math.max(due, nextTry) > conditions.now)) return undefined;
  if (due < nextTry) return { activity: "waiting-for-network", nextTry };
  const own = backoff.isUnanswered ? "waiting-for-network" : "backing-off";
  return { activity: hold === undefined ? own : "needs-authorization", until: due };
}

/** Returns when the session of a task may start the next run. */
function nextStartOf(row: TaskRow, { conditions, configurationOf, lastStartOf }: Situation): number {
  const last = lastStartOf(row.session) ?? Number.NEGATIVE_INFINITY;
  // The clock may have been set back since.
  if (last > conditions.now) return conditions.now;
  return last + configurationOf(row).minimumStartInterval * 1000;
}
