import type { TaskRow } from "../../store/schema.ts";
import { addressOf } from "./address.ts";
import type { Conditions } from "./situation.ts";

/** A host that gives no answer is tried at least this often by one of its tasks, if any is due. */
export const LONGEST_SILENCE_MS = 20_000;

/** When a task that is retried may try its host again; undefined if nothing is wrong with the host. */
export function nextTryOf(row: TaskRow, { silentHosts }: Conditions): number | undefined {
  return row.backoff?.isUnanswered ? silentHosts.get(addressOf(row).host) : undefined;
}

/**
 * Returns the tasks that wait for what another one finds out at their silent host.
 * @param due the tasks that would begin now, in order of urgency
 */
export function behindAnother(due: readonly TaskRow[], conditions: Conditions): TaskRow[] {
  const tried = new Set<string>();
  return due.filter((row) => {
    if (nextTryOf(row, conditions) === undefined) return false;
    const { host } = addressOf(row);
    const isBehind = tried.has(host);
    tried.add(host);
    return isBehind;
  });
}
