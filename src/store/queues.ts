import type { Database, ReadTransaction } from "./database.ts";
import type { TaskRow } from "./schema.ts";
import { getTask, soundRow } from "./sound-row.ts";
import { changed, liveRange, replaceRow } from "./tasks.ts";

/** Reads what the daemon has to know of one session, or of all: the unfinished tasks, and those that hold their queues. */
export function tasksToFollow(database: Database, session?: string): Promise<TaskRow[]> {
  return database.read(["tasks"], async (tx) => {
    const tasks = tx.objectStore("tasks");
    const range = liveRange(session);
    const rows = await Promise.all([
      tasks.index("by-live").getAll(range),
      tasks.index("by-hold").getAll(range),
    ]);
    return rows.flat().map(soundRow);
  });
}

/**
 * Reads tasks, and what is before them in their queues back to the first task that `isKnown`: another page may have made
 * it and not said so yet. All of it in one transaction: what is read is then no older than what changes later.
 */
export function tasksToAdopt(
  database: Database,
  session: string,
  keys: readonly string[],
  isKnown: (key: string) => boolean,
): Promise<TaskRow[]> {
  return database.read(["tasks"], async (tx) => {
    const read = await Promise.all(keys.map((key) => getTask(tx, session, key)));
    const rows = read.filter((row) => row !== undefined);
    return [...(await tasksBefore(tx, rows, isKnown)), ...rows];
  });
}

async function tasksBefore(
  tx: ReadTransaction,
  rows: readonly TaskRow[],
  isKnown: (key: string) => boolean,
): Promise<TaskRow[]> {
  const first = new Map<string, readonly [string, string, number]>();
  for (const { queued } of rows) {
    if (queued === undefined) continue;
    const [session, queue, order] = queued;
    const lane = JSON.stringify([session, queue]);
    if (order < (first.get(lane)?.[2] ?? Number.POSITIVE_INFINITY)) first.set(lane, queued);
  }
  const found: TaskRow[] = [];
  for (const [session, queue, order] of first.values()) {
    const before = IDBKeyRange.bound([session, queue], [session, queue, order], false, true);
    let cursor = await tx.objectStore("tasks").index("by-queue").openCursor(before, "prev");
    for (; cursor !== null && !isKnown(cursor.value.key); cursor = await cursor.continue()) {
      found.push(soundRow(cursor.value));
    }
  }
  return found;
}

/** Lets a queue go on. @returns the keys of the tasks that held it */
export function releaseQueue(database: Database, session: string, queue: string): Promise<string[]> {
  return database.write(["tasks", "outbox"], "strict", async (tx) => {
    const rows = await tx.objectStore("tasks").index("by-hold").getAll([session, queue]);
    for (const row of rows.map(soundRow)) await replaceRow(tx, row, changed(row, { holds: undefined }));
    return rows.map(({ key }) => key);
  });
}
