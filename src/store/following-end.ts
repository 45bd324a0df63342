import type { Failure } from "../protocol/session-error.ts";
import { isFinished } from "../protocol/task-state.ts";
import type { WriteTransaction } from "./database.ts";
import type { TaskKey, TaskRow } from "./schema.ts";
import { getTask } from "./sound-row.ts";
import { changed, ended, replaceRow } from "./tasks.ts";

/** Whether a task that has ended counts as failed for those that come after it. */
export function endedBadly({ failure, response, acceptStatuses = [] }: TaskEnd): boolean {
  const { status = 0 } = response ?? {};
  return failure !== undefined || (status >= 400 && !acceptStatuses.includes(status));
}

interface TaskEnd {
  readonly failure?: Failure | undefined;
  readonly response?: { readonly status: number } | undefined;
  readonly acceptStatuses?: readonly number[] | undefined;
}

/** Whether its end concerns its queue: what was cancelled or replaced was taken out of it. */
function hasFailedQueue(row: TaskRow): boolean {
  return endedBadly(row) && !["cancelled", "user-cancelled"].includes(row.failure?.code ?? "");
}

/** Returns the row of a task that has just ended, with the mark that holds its queue if that has to wait. */
export function holding(row: TaskRow): TaskRow {
  const { session, queue } = row;
  if (queue?.onFailure !== "hold" || !hasFailedQueue(row)) return row;
  return changed(row, { holds: [session, queue.name] });
}

interface Consequence {
  readonly key: string;
  readonly change: (row: TaskRow) => TaskRow;
  /** Its queue has been dealt with. */
  readonly isOfQueue?: true;
}

/**
 * Writes what follows from the end of a task, which is written: tasks that waited for it go on or fail, and with them
 * those that waited for these; the rest of its queue is cancelled if the queue says so.
 * @param areAnyWaiting whether any task waits for another one
 * @returns the rows that it wrote, as they are then
 */
export async function followEnd(
  tx: WriteTransaction,
  end: TaskRow,
  areAnyWaiting: boolean,
): Promise<TaskRow[]> {
  const { session } = end;
  const written = new Map<string, TaskRow>();
  const due = await consequencesOf(tx, end, true, areAnyWaiting);
  for (const { key, change, isOfQueue } of due) {
    const row = await getTask(tx, session, key);
    // Two reasons may have ended it.
    if (row === undefined || isFinished(row.state)) continue;
    const changedRow = change(row);
    const next = isOfQueue ? changedRow : holding(changedRow);
    await replaceRow(tx, row, next);
    written.set(key, next);
    if (isFinished(next.state)) due.push(...(await consequencesOf(tx, next, !isOfQueue, areAnyWaiting)));
  }
  return [...written.values()];
}

async function consequencesOf(
  tx: WriteTransaction,
  end: TaskRow,
  withQueue: boolean,
  areAnyWaiting: boolean,
): Promise<Consequence[]> {
  const { session, order, queue, finishedAt = 0 } = end;
  // The id of a damaged row may be lost.
  const id = end.id || end.named?.[1] || end.key;
  const tasks = tx.objectStore("tasks");
  const ending = (failure: Failure) => (row: TaskRow) => ended(row, failure, finishedAt);
  const change = endedBadly(end)
    ? ending(notBegun(end.id, ", which it comes after,", didNotSucceed(end)))
    : (row: TaskRow) => without(row, id);
  const dependents = areAnyWaiting ? await tasks.index("by-dependency").getAllKeys([session, id]) : [];
  const consequences: Consequence[] = keysOf(dependents).map((key) => ({ key, change }));
  if (!withQueue || queue?.onFailure !== "cancel" || !hasFailedQueue(end)) return consequences;
  const later = IDBKeyRange.bound([session, queue.name, order], [session, queue.name, Infinity], true);
  const rest = keysOf(await tasks.index("by-queue").getAllKeys(later));
  const why = `${didNotSucceed(end)}, and the queue cancels the rest then (onFailure: "cancel")`;
  const cancel = ending(notBegun(end.id, ` before it in the queue "${queue.name}"`, why));
  return [...consequences, ...rest.map((key) => ({ key, change: cancel, isOfQueue: true as const }))];
}

function keysOf(keys: readonly TaskKey[]): string[] {
  return keys.map(([, key]) => key);
}

/** Returns the row of a task that no longer waits for `id`. */
function without(row: TaskRow, id: string): TaskRow {
  const left = row.dependsOn?.filter(([, name]) => name !== id);
  return changed(row, { dependsOn: left?.length ? left : undefined });
}

/** Returns the failure of a task that was not begun because of another one. */
export function notBegun(id: string, place: string, why: string): Failure {
  const message = `The task was not begun, because task "${id}"${place} ${why}.`;
  return { code: "dependency-failed", message };
}

function didNotSucceed({ failure, response }: TaskRow): string {
  return `did not succeed (${failure?.code ?? `HTTP ${response?.status}`})`;
}
