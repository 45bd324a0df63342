import { SessionError } from "../protocol/session-error.ts";
import { isFinished } from "../protocol/task-state.ts";
import type { Database, WriteTransaction } from "./database.ts";
import type { TaskRow } from "./schema.ts";
import { changed, ended, findTask, putTask } from "./tasks.ts";

/** What to do when the app's own id is taken by a task that is still kept (T3). */
export type OnDuplicate = "keep" | "replace";

export interface NewTask {
  readonly row: TaskRow;
  /** A body too large for the row. */
  readonly body?: Blob;
  readonly onDuplicate: OnDuplicate;
  /** Key of a finished task whose stored body this one sends again. */
  readonly bodyOf?: string;
}

export interface Insertion {
  readonly isInserted: boolean;
  /** The row as it lies on disk: that of the older task where that one was kept. */
  readonly row: TaskRow;
  /** Key of the task that had to give way. */
  readonly replaced?: string;
}

/** Writes all of `tasks` in one strict transaction: either all are on disk or none. */
export function insertTasks(
  database: Database,
  tasks: readonly NewTask[],
  now: number,
): Promise<Insertion[]> {
  return database.write(["tasks", "bodies", "parts", "outbox"], "strict", async (tx) => {
    const insertions: Insertion[] = [];
    const writes: Promise<unknown>[] = [];
    for (const task of tasks) {
      // Only an id of the app's own can be taken: asking for the others would cost a round trip each.
      const insertion = task.row.named === undefined ? fresh(task) : await resolveDuplicate(tx, task, now);
      insertions.push(insertion);
      if (insertion.isInserted) writes.push(...(await writesOf(tx, task)));
    }
    await Promise.all(writes);
    return insertions;
  });
}

function fresh(task: NewTask): Insertion {
  return { isInserted: true, row: task.row };
}

async function resolveDuplicate(tx: WriteTransaction, task: NewTask, now: number): Promise<Insertion> {
  const existing = await findTask(tx, task.row.session, task.row.id);
  if (existing === undefined) return fresh(task);
  if (task.onDuplicate === "keep") return { isInserted: false, row: existing };
  const nameless = changed(existing, { named: undefined });
  const message = `Task "${existing.id}" was replaced by a newer one of the same id.`;
  const next = isFinished(existing.state) ? nameless : ended(nameless, { code: "cancelled", message }, now);
  await putTask(tx, existing, next);
  return { ...fresh(task), replaced: existing.key };
}

async function writesOf(tx: WriteTransaction, { row, body, bodyOf }: NewTask): Promise<Promise<unknown>[]> {
  const content = bodyOf === undefined ? { row, body } : await withBodyOf(tx, row, bodyOf);
  const writes: Promise<unknown>[] = [tx.objectStore("tasks").add(content.row)];
  if (content.body !== undefined) {
    writes.push(tx.objectStore("bodies").add({ session: row.session, key: row.key, body: content.body }));
  }
  return writes;
}

/** Returns `row` with the body of a finished task, wherever that one has it. */
async function withBodyOf(
  tx: WriteTransaction,
  row: TaskRow,
  key: string,
): Promise<{ row: TaskRow; body?: Blob }> {
  const finished = await tx.objectStore("tasks").get([row.session, key]);
  const inline = finished?.request.body;
  if (inline !== undefined) return { row: { ...row, request: { ...row.request, body: inline } } };
  const stored = await tx.objectStore("bodies").get([row.session, key]);
  if (stored !== undefined) return { row: { ...row, hasBody: true }, body: stored.body };
  throw new SessionError(
    "file-missing",
    "The body of the finished task is no longer kept, so it cannot be sent again. Make a new task with the body.",
    { identifier: row.session, taskId: row.id },
  );
}
