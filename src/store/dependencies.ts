import type { Failure } from "../protocol/session-error.ts";
import { isFinished } from "../protocol/task-state.ts";
import type { WriteTransaction } from "./database.ts";
import { endedBadly } from "./following-end.ts";
import type { TaskName, TaskRow } from "./schema.ts";
import { getTask } from "./sound-row.ts";
import { changed, findTask } from "./tasks.ts";

/** Returns a new row with those tasks that it still has to wait for, or with a failure if one of them cannot succeed. */
export async function withDependencies(tx: WriteTransaction, row: TaskRow): Promise<TaskRow> {
  const open: TaskName[] = [];
  for (const name of row.dependsOn ?? []) {
    const task = await knownTask(tx, name);
    if (task === undefined) return failing(row, name, "is not known to the session");
    if (!isFinished(task.state)) open.push(name);
    else if (endedBadly(task)) return failing(row, name, "did not succeed");
  }
  const circle = await findWaiting(tx, open, row.id);
  if (circle !== undefined) return failing(row, circle, "waits for this one itself");
  return changed(row, { dependsOn: open.length > 0 ? open : undefined });
}

/** Finds the task by its id, even for a while after its events were settled. */
async function knownTask(tx: WriteTransaction, [session, id]: TaskName): Promise<TaskRow | undefined> {
  return (await findTask(tx, session, id)) ?? (await getTask(tx, session, id));
}

/** Returns one of `names`, or of those that they wait for, that waits for `id`. */
async function findWaiting(
  tx: WriteTransaction,
  names: readonly TaskName[],
  id: string,
): Promise<TaskName | undefined> {
  const seen = new Map(names.map((name) => [name[1], name]));
  for (const name of seen.values()) {
    const task = await findTask(tx, ...name);
    for (const further of task?.dependsOn ?? []) {
      if (further[1] === id) return name;
      seen.set(further[1], further);
    }
  }
  return undefined;
}

function failing(row: TaskRow, [, id]: TaskName, why: string): TaskRow {
  const message = `The task was not begun, because task "${id}", which it comes after, ${why}.`;
  const failure: Failure = { code: "dependency-failed", message };
  return changed(row, { dependsOn: undefined, failure });
}
