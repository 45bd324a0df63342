import { isFinished } from "../protocol/task-state.ts";
import type { WriteTransaction } from "./database.ts";
import { endedBadly, notBegun } from "./following-end.ts";
import { isStripped } from "./history.ts";
import type { TaskName, TaskRow } from "./schema.ts";
import { getTask } from "./sound-row.ts";
import { changed, findTask } from "./tasks.ts";

/**
 * Returns a new row with those tasks that it still has to wait for, or with a failure if one of them cannot succeed.
 * @param isReplacement tasks that are there may wait for its id; for one of its own nobody can wait yet
 */
export async function withDependencies(
  tx: WriteTransaction,
  row: TaskRow,
  isReplacement: boolean,
): Promise<TaskRow> {
  const open: TaskName[] = [];
  for (const name of row.dependsOn ?? []) {
    const task = await knownTask(tx, name);
    if (task === undefined) return failing(row, name, "is not known to the session");
    if (!isFinished(task.state)) open.push(name);
    else if (endedBadly(task)) return failing(row, name, "did not succeed");
  }
  const circle = isReplacement ? await findWaiting(tx, open, row) : undefined;
  if (circle !== undefined) return failing(row, circle, "waits for this one itself");
  return changed(row, { dependsOn: open.length > 0 ? open : undefined });
}

/** Finds the task by its id, even for a while after its events were settled. */
async function knownTask(tx: WriteTransaction, [session, id]: TaskName): Promise<TaskRow | undefined> {
  const task = (await findTask(tx, session, id)) ?? (await getTask(tx, session, id));
  return task === undefined || isStripped(task) ? undefined : task;
}

/** Returns one of `names`, or of those that they wait for, that waits for this task: for its id, or in its queue. */
async function findWaiting(
  tx: WriteTransaction,
  names: readonly TaskName[],
  { id, queue, order }: TaskRow,
): Promise<TaskName | undefined> {
  const seen = new Map(names.map((name) => [name[1], name]));
  for (const name of seen.values()) {
    const task = await findTask(tx, ...name);
    if (task === undefined) continue;
    const isBehind = queue !== undefined && task.queue?.name === queue.name && task.order > order;
    const before = await previousInQueue(tx, task);
    const further = [...(task.dependsOn ?? []), ...(before ? [[before.session, before.id] as const] : [])];
    if (isBehind || further.some(([, other]) => other === id)) return name;
    for (const other of further) seen.set(other[1], other);
  }
  return undefined;
}

async function previousInQueue(tx: WriteTransaction, { queued }: TaskRow): Promise<TaskRow | undefined> {
  if (queued === undefined) return undefined;
  const before = IDBKeyRange.bound(queued.slice(0, 2), queued, false, true);
  const cursor = await tx.objectStore("tasks").index("by-queue").openCursor(before, "prev");
  return cursor?.value;
}

function failing(row: TaskRow, [, id]: TaskName, why: string): TaskRow {
  return changed(row, { dependsOn: undefined, failure: notBegun(id, ", which it comes after,", why) });
}
