import type { TaskRow } from "./schema.ts";

/** A discretionary task waits no longer than this for a better moment. */
const MAX_WAIT_MS = 24 * 3_600_000;

/** Returns when a discretionary task begins whatever the conditions: after a day, or half of its time. */
export function latestStart({ createdAt, earliestBeginDate, deadline }: TaskRow): number {
  const since = Math.max(createdAt, earliestBeginDate ?? createdAt);
  return since + Math.min(MAX_WAIT_MS, ((deadline ?? Number.POSITIVE_INFINITY) - since) / 2);
}
