import { isFinished } from "../protocol/task-state.ts";
import type { Database, ReadTransaction, WriteTransaction } from "./database.ts";
import { ownParts } from "./parts.ts";
import type { OutboxRow, StoredPart, TaskRow } from "./schema.ts";
import { getTask } from "./sound-row.ts";
import { changed, changeRow } from "./tasks.ts";

/** An event with the sequence number that the database gave it. */
export type StoredEvent = OutboxRow & { readonly seq: number };

/** After so many refusals an event is parked: it is not delivered again by itself (E5). */
export const MAX_REFUSALS = 5;

/** Reads up to `limit` events of a session after `afterSeq`, in order of commit. */
export function readEvents(
  database: Database,
  session: string,
  afterSeq: number,
  limit?: number,
): Promise<StoredEvent[]> {
  return database.read(["outbox"], (tx) => eventsIn(tx, session, afterSeq, limit));
}

/** A task that owes events, with what its file consists of if it has one. */
export interface OwedTask {
  readonly row: TaskRow;
  readonly parts: readonly StoredPart[];
}

/** Like `readEvents`, with their tasks by key. */
export function readEventsWithTasks(
  database: Database,
  session: string,
  afterSeq: number,
  limit: number,
): Promise<{ readonly events: StoredEvent[]; readonly tasks: Map<string, OwedTask> }> {
  return database.read(["outbox", "tasks", "parts"], async (tx) => {
    const events = await eventsIn(tx, session, afterSeq, limit);
    const keys = new Set(events.map(({ taskKey }) => taskKey));
    const read = await Promise.all(
      [...keys].map(async (key) => {
        const row = await getTask(tx, session, key);
        return row && { row, parts: await ownParts(tx, row) };
      }),
    );
    const tasks = read.filter((task) => task !== undefined).map((task) => [task.row.key, task] as const);
    return { events, tasks: new Map(tasks) };
  });
}

/** Reads the rows of the last tasks that have ended and whose events are owed, the oldest first; at most `limit`. */
export async function readOwedRows(
  database: Database,
  session: string,
  limit: number,
): Promise<readonly TaskRow[]> {
  const range = IDBKeyRange.bound([session], [session, Number.POSITIVE_INFINITY]);
  return database.read(["outbox", "tasks"], async (tx) => {
    const shown: TaskRow[] = [];
    const seen = new Set<string>();
    let cursor = await tx.objectStore("outbox").index("by-session").openCursor(range, "prev");
    while (cursor !== null && shown.length < limit) {
      const keys: string[] = [];
      // A browser fetches what a cursor needs next in advance, unless there are other requests in between.
      for (; cursor !== null && shown.length + keys.length < limit; cursor = await cursor.continue()) {
        const { taskKey } = cursor.value;
        if (!seen.has(taskKey)) keys.push(taskKey);
        seen.add(taskKey);
      }
      const rows = await Promise.all(keys.map((key) => getTask(tx, session, key)));
      shown.push(...rows.filter((row) => row !== undefined).filter(isToShow));
    }
    return shown.reverse();
  });
}

/** What was given up because nobody collected it says nothing about how it ended. */
function isToShow({ state, isForgotten, failure }: TaskRow): boolean {
  return isFinished(state) && !isForgotten && failure?.code !== "expired";
}

/** Reads the row of an event's task; undefined if the event is no longer owed. */
export function readOwedTask(
  database: Database,
  { seq, eventId, session, taskKey }: StoredEvent,
): Promise<TaskRow | undefined> {
  return database.read(["outbox", "tasks"], async (tx) => {
    const [event, row] = await Promise.all([
      tx.objectStore("outbox").get(seq),
      getTask(tx, session, taskKey),
    ]);
    return event?.eventId === eventId ? row : undefined;
  });
}

async function eventsIn(
  tx: ReadTransaction,
  session: string,
  afterSeq: number,
  limit: number | undefined,
): Promise<StoredEvent[]> {
  const range = IDBKeyRange.bound([session, afterSeq], [session, Number.POSITIVE_INFINITY], true);
  const events = await tx.objectStore("outbox").index("by-session").getAll(range, limit);
  return events.map((event) => ({
    ...(event as StoredEvent),
    // If the event is damaged, we know neither its task nor how often it was refused.
    taskKey: typeof event.taskKey === "string" ? event.taskKey : "",
    refusals: Number.isInteger(event.refusals) ? event.refusals : 0,
  }));
}

/**
 * Deletes delivered events, and those of the same tasks before them. The last one of a task settles it: its row and
 * bytes may be deleted (E7).
 * @returns for each event whether it settled its task
 */
export function acknowledgeEvents(
  database: Database,
  events: Iterable<StoredEvent>,
  now: number,
): Promise<boolean[]> {
  return database.write(["outbox", "tasks"], "relaxed", async (tx) => {
    const settled: boolean[] = [];
    for (const event of events) settled.push(await acknowledge(tx, event, now));
    return settled;
  });
}

async function acknowledge(tx: WriteTransaction, event: StoredEvent, now: number): Promise<boolean> {
  const outbox = tx.objectStore("outbox");
  const owed = await outbox.index("by-task").getAll([event.session, event.taskKey]);
  // A damaged event may name no task.
  const stored = owed.find(({ seq }) => seq === event.seq) ?? (await outbox.get(event.seq));
  if (stored?.eventId !== event.eventId) return false;
  // The app has taken those before it: their acknowledgement may have failed.
  const before = owed.map(({ seq = 0 }) => seq).filter((seq) => seq < event.seq);
  await Promise.all([...before, event.seq].map((seq) => outbox.delete(seq)));
  if (owed.some(({ seq = 0 }) => seq > event.seq)) return false;
  let isSettled = true;
  await changeRow(tx, event.session, event.taskKey, (row) => {
    isSettled = isFinished(row.state);
    // The id is free now: a row that still had it would hide the next task with it.
    return isSettled ? changed(row, { named: undefined, settledAt: now }) : row;
  });
  return isSettled;
}

/** Records that the delegate threw. @returns whether the event is parked now */
export async function refuseEvent(database: Database, event: StoredEvent): Promise<boolean> {
  const refusals = event.refusals + 1;
  await changeEvents(database, [event], (row) => ({
    ...row,
    refusals,
    ...(refusals >= MAX_REFUSALS && { isParked: true as const }),
  }));
  return refusals >= MAX_REFUSALS;
}

export async function parkedEvents(database: Database, session: string): Promise<StoredEvent[]> {
  const events = await readEvents(database, session, 0);
  return events.filter((event) => event.isParked);
}

/** Gives parked events five new tries. */
export function unparkEvents(database: Database, events: readonly StoredEvent[]): Promise<void> {
  return changeEvents(database, events, ({ isParked: _, ...row }) => ({ ...row, refusals: 0 }));
}

function changeEvents(
  database: Database,
  events: readonly StoredEvent[],
  change: (row: OutboxRow) => OutboxRow,
): Promise<void> {
  return database.write(["outbox"], "relaxed", async (tx) => {
    const outbox = tx.objectStore("outbox");
    for (const event of events) {
      const row = await outbox.get(event.seq);
      if (row?.eventId === event.eventId) await outbox.put(change(row));
    }
  });
}
