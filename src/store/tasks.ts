import type { Failure } from "../protocol/session-error.ts";
import { isFinished, nextState, type TaskEvent } from "../protocol/task-state.ts";
import { deleteSpentBody } from "./bodies.ts";
import type { Database, ReadTransaction, WriteTransaction } from "./database.ts";
import { isSettled, withPlaces } from "./history.ts";
import { addEvents, changeQuestion } from "./owed-events.ts";
import type { TaskRow } from "./schema.ts";
import { getTask, soundRow } from "./sound-row.ts";

/** Reads the unfinished tasks of one session, or of all, in order of creation. */
export function liveTasks(database: Database, session?: string): Promise<TaskRow[]> {
  return database.read(["tasks"], async (tx) => {
    const rows = await tx.objectStore("tasks").index("by-live").getAll(liveRange(session));
    return rows.map(soundRow);
  });
}

export function liveRange(session: string | undefined): IDBKeyRange | undefined {
  return session === undefined ? undefined : IDBKeyRange.bound([session], [session, []]);
}

/** The key range of one session in every store that is keyed by `[session, …]`. */
export function sessionRange(session: string): IDBKeyRange {
  return IDBKeyRange.bound([session], [session, []]);
}

export function readTask(database: Database, session: string, key: string): Promise<TaskRow | undefined> {
  return database.read(["tasks"], (tx) => getTask(tx, session, key));
}

/** Finds the task that an app knows by `id`, even if it is finished, until its events are settled. */
export async function findTask(
  tx: ReadTransaction | WriteTransaction,
  session: string,
  id: string,
): Promise<TaskRow | undefined> {
  const named = await tx.objectStore("tasks").index("by-name").get([session, id]);
  const row = named === undefined ? await getTask(tx, session, id) : soundRow(named);
  return row === undefined || isSettled(row) ? undefined : row;
}

/** What a change may set: `undefined` removes a field. */
export type Change<Row> = { [Field in keyof Row]?: Row[Field] | undefined };
export type TaskChange = Change<TaskRow>;

/** Returns `row` with `change` applied, without what is undefined. It is called several times for each task. */
export function changed<Row extends object = TaskRow>(row: Row, change: Change<Row>): Row {
  const all = { ...row, ...change };
  const next: Change<Row> = {};
  for (const name of Object.keys(all) as (keyof Row)[]) if (all[name] !== undefined) next[name] = all[name];
  return next as Row;
}

/** Returns the row after `event`, with the timers that rest while it is suspended (T6). */
export function transition(row: TaskRow, event: TaskEvent, now: number): TaskRow {
  const state = nextState(row.state, event);
  if (state === row.state) return row;
  if (state === "suspended") {
    return changed(row, {
      state,
      deadline: undefined,
      timeLeftMs: Math.max(0, (row.deadline ?? 0) - beginOf(row, now)),
      backgroundFetch: undefined,
    });
  }
  if (state === "running") {
    return changed(row, {
      state,
      timeLeftMs: undefined,
      deadline: beginOf(row, now) + (row.timeLeftMs ?? 0),
      backoff: undefined,
    });
  }
  if (isFinished(state)) {
    const notificationDue = row.notification === undefined ? undefined : now;
    return changed(row, {
      state,
      live: undefined,
      queued: undefined,
      dependsOn: undefined,
      backoff: undefined,
      hold: undefined,
      finishedAt: now,
      notificationDue,
      backgroundFetch: undefined,
    });
  }
  return changed(row, { state });
}

/** Returns when the time for the whole task begins to run: not before the task may begin. */
function beginOf({ earliestBeginDate }: TaskRow, now: number): number {
  return Math.max(now, earliestBeginDate ?? now);
}

/** Whether the worker has nothing left to do: Background Fetch fetches the rest. */
export function isCarried({ backgroundFetch, bytesReceived }: TaskRow): boolean {
  return backgroundFetch !== undefined && bytesReceived >= backgroundFetch.start;
}

/** Returns `row` ended by `failure`, or as it is if it had ended before. */
export function ended(row: TaskRow, failure: Failure, now: number): TaskRow {
  if (isFinished(row.state)) return row;
  return changed(transition(row, "finish", now), { failure });
}

/** Returns the new row, or the one it got if nothing is to change. */
export type RowChange = (row: TaskRow, tx: WriteTransaction) => TaskRow | Promise<TaskRow>;

/** Changes a task, but does not end it: `changeTasks` does that. */
export function changeTask(
  database: Database,
  session: string,
  key: string,
  durability: "strict" | "relaxed",
  change: RowChange,
): Promise<TaskRow | undefined> {
  return database.write(["tasks", "bodies", "parts", "outbox"], durability, (tx) =>
    changeRow(tx, session, key, change),
  );
}

/** Records that a finished task cannot be delivered as it is. Its events stay as they are. */
export function failFinishedTask(
  database: Database,
  { session, key }: TaskRow,
  failure: Failure,
): Promise<unknown> {
  return database.write(["tasks"], "strict", (tx) =>
    changeRow(tx, session, key, (row) => ({ ...row, failure })),
  );
}

/**
 * Reads a row, asks `change` for the new one, and writes that with the events that it then owes. Does nothing if the row
 * is gone or `change` returns the row it got.
 * @returns the row as it is then
 */
export async function changeRow(
  tx: WriteTransaction,
  session: string,
  key: string,
  change: RowChange,
): Promise<TaskRow | undefined> {
  const row = await getTask(tx, session, key);
  const next = row && (await change(row, tx));
  if (row !== undefined && next !== undefined && next !== row) await replaceRow(tx, row, next);
  return next;
}

/**
 * Writes `next` over `row`, which was read in the same transaction; no other function writes over a task's row. The events
 * that follow from the change are written with it. If it finishes the task, its spent body is deleted (E2), and it gets its
 * place in the history.
 */
export async function replaceRow(tx: WriteTransaction, row: TaskRow, next: TaskRow): Promise<void> {
  const writes: Promise<unknown>[] = [tx.objectStore("tasks").put(withPlaces(next))];
  // Its question is over before its end is told.
  if (row.hold?.asks !== next.hold?.asks) await changeQuestion(tx, row, next);
  if (isFinished(next.state) && !isFinished(row.state)) {
    writes.push(...addEvents(tx, next), deleteSpentBody(tx, next));
  }
  await Promise.all(writes);
}
