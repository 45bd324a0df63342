import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { TaskRow } from "../../store/schema.ts";

/** An answer counts after so many questions about it in a row: an app that always continues must not loop. */
export const MAX_CHALLENGES = 10;

/**
 * Says what an answer with this status does instead of completing the task: `"challenge"` asks the app, `"wait"` waits
 * for it; undefined if it counts.
 */
export function holdAt(
  row: TaskRow,
  // A configuration that an earlier version stored has neither.
  { challengeStatuses = [], waitStatuses = [] }: Partial<StoredConfiguration>,
  status: number,
): "challenge" | "wait" | undefined {
  if (row.isUnchallenged) return undefined;
  const mayAsk = (row.challenges ?? 0) < MAX_CHALLENGES;
  if (challengeStatuses.includes(status)) return mayAsk ? "challenge" : undefined;
  return (row.waitStatuses ?? waitStatuses).includes(status) ? "wait" : undefined;
}
