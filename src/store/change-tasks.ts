import { isFinished } from "../protocol/task-state.ts";
import type { Database, WriteTransaction } from "./database.ts";
import { followEnd, holding } from "./following-end.ts";
import type { TaskRow } from "./schema.ts";
import { getTask } from "./sound-row.ts";
import { type RowChange, replaceRow } from "./tasks.ts";

/** A change of one row. */
export interface WantedChange {
  readonly session: string;
  readonly key: string;
  readonly change: RowChange;
}

export interface ChangedTasks {
  /** The wanted rows as they are then; undefined if one is gone. */
  readonly rows: readonly (TaskRow | undefined)[];
  /** Others that changed because tasks ended. */
  readonly others: readonly TaskRow[];
}

/** Changes rows in one strict transaction, in order, and with them what follows if that ends tasks. */
export function changeTasks(database: Database, wanted: Iterable<WantedChange>): Promise<ChangedTasks> {
  return database.write(["tasks", "bodies", "parts", "outbox"], "strict", async (tx) => {
    const rows = new Map<string, TaskRow>();
    const changed: (string | undefined)[] = [];
    let areAnyWaiting: Promise<boolean> | undefined;
    const follow = async (end: TaskRow): Promise<TaskRow[]> => {
      // Asked once for all: most apps have no task that waits for another one.
      areAnyWaiting ??= hasDependents(tx);
      return followEnd(tx, end, await areAnyWaiting);
    };
    // One after the other: two of them may be about the same row.
    for (const one of wanted) {
      const written = await changeOne(tx, one, follow);
      changed.push(written[0]?.key);
      for (const row of written) rows.set(row.key, row);
    }
    const others = [...rows.values()].filter(({ key }) => !changed.includes(key));
    return { rows: changed.map((key) => (key === undefined ? undefined : rows.get(key))), others };
  });
}

/** @returns the row as it is then, if it is not gone, and the others that changed with it */
async function changeOne(
  tx: WriteTransaction,
  { session, key, change }: WantedChange,
  follow: (end: TaskRow) => Promise<TaskRow[]>,
): Promise<TaskRow[]> {
  const row = await getTask(tx, session, key);
  if (row === undefined) return [];
  const next = await change(row, tx);
  if (next === row) return [row];
  const isEnd = isFinished(next.state) && !isFinished(row.state);
  const end = isEnd ? holding(next) : next;
  await replaceRow(tx, row, end);
  return isEnd ? [end, ...(await follow(end))] : [end];
}

async function hasDependents(tx: WriteTransaction): Promise<boolean> {
  return (await tx.objectStore("tasks").index("by-dependency").getAllKeys(null, 1)).length > 0;
}
