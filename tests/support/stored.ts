import type { Database } from "../../src/store/database.ts";
import { type Insertion, insertTasks, type OnDuplicate } from "../../src/store/insert.ts";
import type { OutboxRow, StoredPart, TaskRow } from "../../src/store/schema.ts";

/** Everything in the database, unchanged. */
export interface Stored {
  readonly sessions: unknown[];
  readonly tasks: TaskRow[];
  readonly bodies: unknown[];
  readonly parts: StoredPart[];
  readonly outbox: OutboxRow[];
}

export function everythingIn(database: Database): Promise<Stored> {
  return database.read(["sessions", "tasks", "bodies", "parts", "outbox"], async (tx) => {
    const [sessions, tasks, bodies, parts, outbox] = await Promise.all([
      tx.objectStore("sessions").getAll(),
      tx.objectStore("tasks").getAll(),
      tx.objectStore("bodies").getAll(),
      tx.objectStore("parts").getAll(),
      tx.objectStore("outbox").getAll(),
    ]);
    return { sessions, tasks, bodies, parts, outbox };
  });
}

/** Inserts a row as a page does. */
export async function insert(
  database: Database,
  row: TaskRow,
  onDuplicate: OnDuplicate = "keep",
  now = 0,
): Promise<Insertion> {
  const [insertion] = await insertTasks(database, [{ row, onDuplicate }], now);
  return insertion as Insertion;
}

/** The types of the events of a task, in the order of their delivery. */
export async function eventsOf(database: Database, key: string): Promise<string[]> {
  const { outbox } = await everythingIn(database);
  return outbox.filter((event) => event.taskKey === key).map(({ type }) => type);
}
