import type { TaskRow } from "../../store/schema.ts";
import type { Conditions } from "./situation.ts";

/** A discretionary task waits no longer than this for a better moment. */
const MAX_WAIT_MS = 24 * 3_600_000;

/** Returns when a discretionary task begins whatever the conditions: after a day, or half of its time. */
export function latestStart({ createdAt, earliestBeginDate, deadline }: TaskRow): number {
  const since = Math.max(createdAt, earliestBeginDate ?? createdAt);
  return since + Math.min(MAX_WAIT_MS, ((deadline ?? Number.POSITIVE_INFINITY) - since) / 2);
}

/** Whether the moment is as good as a discretionary task may wish: mains power, and a network that costs nothing. */
export function isGoodMoment({ isExpensive, isConstrained, isOnBattery }: Conditions): boolean {
  return !isExpensive && !isConstrained && !isOnBattery;
}
