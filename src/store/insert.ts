import { unwrap } from "idb";
import { SessionError } from "../protocol/session-error.ts";
import { isFinished } from "../protocol/task-state.ts";
import { bodyRow, deleteBody, withoutBody } from "./bodies.ts";
import type { Database, WriteTransaction } from "./database.ts";
import { withDependencies } from "./dependencies.ts";
import { holding } from "./following-end.ts";
import { withPlaces } from "./history.ts";
import { addEvents } from "./owed-events.ts";
import { type Placed, QueuePlaces } from "./queue-places.ts";
import type { BodyContent, TaskRow } from "./schema.ts";
import { getTask } from "./sound-row.ts";
import { type Content, type Predecessor, successor } from "./successor.ts";
import { changed, ended, findTask, replaceRow } from "./tasks.ts";

/** What to do if a stored task has the app's own id: `"keep"` that one, or cancel it and store the new one (`"replace"`). */
export type OnDuplicate = "keep" | "replace";

export interface NewTask {
  readonly row: TaskRow;
  /** A body that is too large for the row. */
  readonly body?: BodyContent;
  readonly onDuplicate: OnDuplicate;
  /** The finished task that this one continues or repeats. */
  readonly predecessor?: Predecessor;
}

export interface Insertion {
  readonly isInserted: boolean;
  /** The stored row: that of the older task if it was kept. */
  readonly row: TaskRow;
  /** The keys of other tasks that changed: the one that was replaced, and the one that held the queue. */
  readonly others?: readonly string[];
}

/**
 * Writes all of `tasks` in one strict transaction: either all are on disk or none.
 * @param session if given, this session must exist: another tab may have deleted it
 */
export function insertTasks(
  database: Database,
  tasks: readonly NewTask[],
  now: number,
  session?: string,
): Promise<Insertion[]> {
  return database.write(["sessions", "tasks", "bodies", "parts", "outbox"], "strict", async (tx) => {
    // Awaited before the first write: a thousand writes queued on a transaction that has not begun take a fifth longer.
    if (session !== undefined && (await tx.objectStore("sessions").count(session)) === 0) {
      throw new SessionError("session-invalidated", `The session "${session}" was deleted.`);
    }
    const insertions: Insertion[] = [];
    const stores = { tasks: unwrap(tx.objectStore("tasks")), bodies: unwrap(tx.objectStore("bodies")) };
    const places = new QueuePlaces(tx);
    for (const task of tasks) {
      const { row, onDuplicate } = task;
      // Only an id of the app's own can be taken: a look-up for the others would cost a round trip each.
      const existing = row.named === undefined ? undefined : await findTask(tx, row.session, row.id);
      insertions.push(
        existing !== undefined && onDuplicate === "keep"
          ? { isInserted: false, row: existing }
          : await insertOne(tx, stores, places, task, existing, now),
      );
    }
    return insertions;
  });
}

/** Ends the task of an id that a new task takes. Nobody will retry it, so its body is not kept. */
async function replace(tx: WriteTransaction, existing: TaskRow, now: number): Promise<void> {
  const nameless = changed(existing, { named: undefined });
  if (isFinished(existing.state)) return replaceRow(tx, existing, nameless);
  const message = `Task "${existing.id}" was replaced by a newer one of the same id.`;
  await deleteBody(tx, existing);
  await replaceRow(tx, existing, ended(withoutBody(nameless), { code: "cancelled", message }, now));
}

type Stores = Readonly<Record<"tasks" | "bodies", IDBObjectStore>>;

/** Does not await the single writes: that would double the time for thousands, and a failed one aborts the transaction. */
async function insertOne(
  tx: WriteTransaction,
  stores: Stores,
  places: QueuePlaces,
  task: NewTask,
  existing: TaskRow | undefined,
  now: number,
): Promise<Insertion> {
  const { predecessor } = task;
  const { queue } = task.row;
  if (existing !== undefined) await replace(tx, existing, now);
  const repeated = queue && predecessor && (await getTask(tx, task.row.session, predecessor.key));
  const { row: placed, released }: Placed =
    queue === undefined ? task : await places.place(task.row, queue, [repeated, existing]);
  const { row: taken, body }: Content =
    predecessor === undefined ? { ...task, row: placed } : await successor(tx, placed, predecessor, now);
  const row = await settledAtOnce(tx, taken, placed, existing !== undefined);
  stores.tasks.add(withPlaces(row));
  if (body !== undefined) stores.bodies.add(bodyRow(row, body));
  if (isFinished(row.state)) Promise.all(addEvents(tx, row)).catch(() => {});
  const others = new Set([existing?.key, released].filter((key) => key !== undefined));
  return { isInserted: true, row, ...(others.size > 0 && { others: [...others] }) };
}

/** Returns the row as it ends, if it does so at once: what it takes over is gone, or a task before it has failed. */
async function settledAtOnce(
  tx: WriteTransaction,
  row: TaskRow,
  placed: TaskRow,
  isReplacement: boolean,
): Promise<TaskRow> {
  if (!isFinished(row.state)) {
    return row.dependsOn === undefined ? row : withDependencies(tx, row, isReplacement);
  }
  // Others may wait for an id that was taken over: the daemon ends the task, and what follows from that.
  if (isReplacement) return changed(placed, { dependsOn: undefined, failure: row.failure });
  // It took the place of one that held the queue.
  return holding(row);
}
