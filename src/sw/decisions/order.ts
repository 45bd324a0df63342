import type { TaskActivity } from "../../protocol/task-state.ts";
import type { TaskRow } from "../../store/schema.ts";

export interface OrderFacts {
  /** Every unfinished task. */
  readonly rows: readonly TaskRow[];
  /** The tasks of all runs; some may have ended since. */
  readonly runs: Iterable<TaskRow>;
  /** The tasks of which a request was just broken off. */
  readonly brokenOff: Iterable<TaskRow>;
  /** Whether a task that ended badly holds the queue of this one. */
  isHeld(row: TaskRow): boolean;
}

/** The activities of tasks that wait for other tasks: they have no work of their own. */
export const WAITS_FOR_OTHERS: ReadonlySet<TaskActivity> = new Set([
  "waiting-for-tasks",
  "waiting-for-queue",
  "queue-held",
] as const);

/**
 * Returns a function that says which other tasks a task has to wait for, if any: those that it comes after, those before
 * it in its queue, and those that are still on the wire in its queue or under its id.
 */
export function orderOf({
  rows,
  runs,
  brokenOff,
  isHeld,
}: OrderFacts): (row: TaskRow) => TaskActivity | undefined {
  const first = new Map<string, TaskRow>();
  for (const row of rows) {
    const lane = queueOf(row);
    if (lane !== undefined && isBefore(row, first.get(lane))) first.set(lane, row);
  }
  const onWire = new Map<string, string>();
  const ids = new Set<string>();
  const take = (row: TaskRow, key: string): void => {
    ids.add(row.id);
    onWire.set(idOf(row), key);
    const lane = queueOf(row);
    if (lane !== undefined) onWire.set(lane, key);
  };
  for (const row of runs) take(row, row.key);
  // Nor may the task itself be sent again.
  for (const row of brokenOff) take(row, "");
  return (row) => {
    const lane = queueOf(row);
    if (lane !== undefined && isHeld(row)) return "queue-held";
    if (lane !== undefined && first.get(lane) !== row) return "waiting-for-queue";
    if (row.dependsOn?.length) return "waiting-for-tasks";
    const isFree = (one: string): boolean => (onWire.get(one) ?? row.key) === row.key;
    // Few ids are on the wire, and every task is asked about.
    const isTaken = ids.has(row.id) && !isFree(idOf(row));
    return isTaken || (lane !== undefined && !isFree(lane)) ? "waiting-for-turn" : undefined;
  };
}

function isBefore(row: TaskRow, other: TaskRow | undefined): boolean {
  if (other === undefined || row.order !== other.order) return row.order < (other?.order ?? Infinity);
  return row.key < other.key;
}

/** With a length, since the names may have any characters in them; JSON would take longer. */
function queueOf({ session, queue }: TaskRow): string | undefined {
  return queue && `queue ${session.length} ${session} ${queue.name}`;
}

function idOf({ session, id }: TaskRow): string {
  return JSON.stringify([session, id]);
}
