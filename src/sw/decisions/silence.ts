import { BACKOFF_CAP_VISIBLE_MS } from "../../store/due-time.ts";
import type { TaskRow } from "../../store/schema.ts";
import { addressOf } from "./address.ts";
import type { Conditions } from "./situation.ts";

/** A host that gives no answer is tried at least this often by one of its tasks, if any is due. */
export const LONGEST_SILENCE_MS = 20_000;

/** When a task that is retried may try its host again; undefined if nothing is wrong with the host. */
export function nextTryOf(
  row: TaskRow,
  { silentHosts }: Pick<Conditions, "silentHosts">,
): number | undefined {
  return row.backoff?.isUnanswered ? silentHosts.get(addressOf(row).host) : undefined;
}

/**
 * Returns the tasks with those of silent hosts in another order: they take turns, so that requests that a server always
 * breaks do not keep the others waiting. First comes the task that was tried least and longest ago.
 */
export function inTurn(rows: readonly TaskRow[], conditions: Conditions): TaskRow[] {
  const isSilent = (row: TaskRow): boolean => nextTryOf(row, conditions) !== undefined;
  const turns = rows
    .filter(isSilent)
    .sort((a, b) => turnOf(a) - turnOf(b))
    .reverse();
  return rows.map((row) => (isSilent(row) && turns.pop()) || row);
}

function turnOf({ backoff }: TaskRow): number {
  return backoff === undefined ? 0 : backoff.since + backoff.tries * BACKOFF_CAP_VISIBLE_MS;
}
