import type { TaskActivity } from "../../protocol/task-state.ts";
import type { TaskRow } from "../../store/schema.ts";
import { isGoodMoment, latestStart } from "./discretion.ts";
import type { orderOf } from "./order.ts";
import { dueTime } from "./retry-policy.ts";
import type { Conditions, Situation } from "./situation.ts";

/** Why a task waits, and until when by the clock. */
export interface Reason {
  readonly activity: TaskActivity;
  readonly until?: number;
}

/** @param isIdle no task is under way that may not choose its time */
export function reasonToWait(
  row: TaskRow,
  situation: Situation,
  othersFor: ReturnType<typeof orderOf>,
  isIdle: boolean,
): Reason | undefined {
  const others = othersFor(row);
  if (others !== undefined) return { activity: others };
  const { now } = situation.conditions;
  if (row.earliestBeginDate !== undefined && row.earliestBeginDate > now) {
    return { activity: "waiting-for-date", until: row.earliestBeginDate };
  }
  const network = networkReason(row, situation);
  if (network !== undefined) return { activity: network };
  if (row.hold?.asksAgain === false) return { activity: "needs-authorization" };
  const backoff = backoffReason(row, situation.conditions);
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
  return isForbidden(row, situation) ? { activity: "waiting-for-allowed-network" } : undefined;
}

function isForbidden(row: TaskRow, { conditions, configurationOf }: Situation): boolean {
  const { allowsExpensiveNetworkAccess, allowsConstrainedNetworkAccess } = configurationOf(row);
  const { isExpensive, isConstrained } = conditions;
  return Boolean(
    (isExpensive && !allowsExpensiveNetworkAccess) || (isConstrained && !allowsConstrainedNetworkAccess),
  );
}

export function backoffReason({ backoff, hold }: TaskRow, conditions: Conditions): Reason | undefined {
  if (backoff === undefined) return undefined;
  const until = dueTime(backoff, conditions);
  // Also if a damaged row yields no time: trying is better than waiting forever.
  if (!(until > conditions.now)) return undefined;
  if (hold !== undefined) return { activity: "needs-authorization", until };
  return { activity: backoff.isUnanswered ? "waiting-for-network" : "backing-off", until };
}

/** Returns when the session of a task may start the next run. */
function nextStartOf(row: TaskRow, { conditions, configurationOf, lastStartOf }: Situation): number {
  const last = lastStartOf(row.session) ?? Number.NEGATIVE_INFINITY;
  // The clock may have been set back since.
  if (last > conditions.now) return conditions.now;
  return last + configurationOf(row).minimumStartInterval * 1000;
}
