import type { Database } from "./database.ts";
import type { HistoryPlace, TaskRow } from "./schema.ts";
import { soundRow } from "./sound-row.ts";

/** How a task ended. A status of 400 or more is no error; `"cancelled"` is also what the user cancelled. */
export type EndState = "succeeded" | "failed" | "cancelled";

export const END_STATES: readonly EndState[] = ["succeeded", "failed", "cancelled"];

export interface HistoryFilter {
  readonly state?: EndState;
  readonly group?: string;
  readonly queue?: string;
}

/** A position in a history: a date, or a task. The dates are negative, so that an index has the newest first. */
export type HistoryPosition = readonly (number | string | readonly never[])[];

/** Whether its events are settled: it is known by its key only. */
export function isSettled(row: TaskRow): boolean {
  return row.settledAt !== undefined || isStripped(row);
}

/** Whether its body and bytes were deleted, and the row is kept for the history only. */
export function isStripped({ past, finishedAt }: TaskRow): boolean {
  return past !== undefined && finishedAt === undefined;
}

/** Returns when a task finished, unless its bytes have expired since. */
export function finishedAtOf({ past, finishedAt }: TaskRow): number | undefined {
  const [place] = past ?? [];
  return finishedAt ?? (place && -place[2]);
}

/** Returns a row with its places in the history of its session, if it has finished and the session keeps one. */
export function withPlaces(row: TaskRow): TaskRow {
  const { session, key, order, finishedAt, group, queue } = row;
  if (!row.keepsHistory || finishedAt === undefined) return row;
  const states = [undefined, endStateOf(row)];
  const lanes = states.flatMap((state) => [
    laneOf({ state }),
    laneOf({ state, group }),
    laneOf({ state, queue: queue?.name }),
  ]);
  const past = [...new Set(lanes)].map((lane): HistoryPlace => [session, lane, -finishedAt, -order, key]);
  return { ...row, past };
}

function endStateOf({ failure }: TaskRow): EndState {
  if (failure === undefined) return "succeeded";
  return ["cancelled", "user-cancelled"].includes(failure.code) ? "cancelled" : "failed";
}

/** Returns the part of a history in which the tasks of a filter are: of all, of a queue or of a group. */
function laneOf({ state, group, queue }: Lane): string {
  const own = state ?? "";
  if (queue !== undefined) return `${own} queue ${queue}`;
  return group === undefined ? own : `${own} group ${group}`;
}

type Lane = { readonly [Name in keyof HistoryFilter]: HistoryFilter[Name] | undefined };

/** The places in all of a history, from one position to another, both of them left out. */
export function historyRange(
  session: string,
  from: HistoryPosition,
  to: HistoryPosition,
  filter: HistoryFilter = {},
): IDBKeyRange {
  const lane = [session, laneOf(filter)];
  return IDBKeyRange.bound([...lane, ...from], [...lane, ...to], true, true);
}

/** Reads up to `limit` finished tasks between two positions, the newest first. */
export function readHistory(
  database: Database,
  session: string,
  filter: HistoryFilter,
  limit: number,
  from: HistoryPosition,
  to: HistoryPosition,
): Promise<TaskRow[]> {
  return database.read(["tasks"], async (tx) => {
    const index = tx.objectStore("tasks").index("by-history");
    const found: TaskRow[] = [];
    for (let position = from; found.length < limit; ) {
      const rows = (await index.getAll(historyRange(session, position, to, filter), limit)).map(soundRow);
      // The index of a queue has tasks of all groups.
      found.push(...rows.filter(({ group }) => filter.group === undefined || group === filter.group));
      const last = rows.at(-1)?.past?.[0];
      if (rows.length < limit || last === undefined) break;
      position = positionOf(last);
    }
    return found.slice(0, limit);
  });
}

function positionOf([, , ...position]: HistoryPlace): HistoryPosition {
  return position;
}
