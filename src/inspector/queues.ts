import { isFinished } from "../protocol/task-state.ts";
import type { TaskRow } from "../store/schema.ts";
import type { QueuePicture } from "./picture.ts";

/** A queue: its unfinished tasks in order, and the tasks that ended badly and hold it. */
interface Lane {
  readonly session: string;
  readonly name: string;
  readonly waiting: TaskRow[];
  readonly holding: TaskRow[];
}

/** The queues that the rows of tasks form. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();

  constructor(rows: readonly TaskRow[]) {
    for (const row of [...rows].sort((a, b) => a.order - b.order)) {
      if (!isFinished(row.state)) this.#laneOf(row)?.waiting.push(row);
      else if (row.holds !== undefined) this.#laneOf(row)?.holding.push(row);
    }
  }

  /** The first task of the row's queue, if that is another one. */
  headBefore(row: TaskRow): TaskRow | undefined {
    const [head] = this.#laneOf(row)?.waiting ?? [];
    return head === row ? undefined : head;
  }

  /** The task that holds the row's queue before it. */
  holderBefore(row: TaskRow): TaskRow | undefined {
    return this.#laneOf(row)?.holding.find(({ order }) => order < row.order);
  }

  pictures(): QueuePicture[] {
    const idOf = ({ id }: TaskRow): string => id;
    return [...this.#lanes.values()].map(({ session, name, waiting, holding }) => ({
      session,
      name,
      head: waiting[0]?.id,
      length: waiting.length,
      heldBy: holding.map(idOf),
    }));
  }

  #laneOf({ session, queue, state, holds }: TaskRow): Lane | undefined {
    if (queue === undefined || (isFinished(state) && holds === undefined)) return undefined;
    const key = JSON.stringify([session, queue.name]);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = { session, name: queue.name, waiting: [], holding: [] };
    this.#lanes.set(key, lane);
    return lane;
  }
}
