import type { WriteTransaction } from "./database.ts";
import type { QueueRow, TaskRow } from "./schema.ts";
import { getTask } from "./sound-row.ts";
import { changed, replaceRow } from "./tasks.ts";

export interface Placed {
  readonly row: TaskRow;
  /** The key of the task that no longer holds the queue. */
  readonly released?: string;
}

/** Gives new tasks their places in their queues, in the transaction that writes them: their order is that of the places. */
export class QueuePlaces {
  readonly #tx: WriteTransaction;
  /** The last place of each queue, as far as it is known. */
  readonly #last = new Map<string, number>();

  constructor(tx: WriteTransaction) {
    this.#tx = tx;
  }

  /**
   * Returns `row` at the end of its queue. If it repeats or replaces a task that holds the queue, it gets the place of
   * that one, and the queue goes on with it.
   */
  async place(row: TaskRow, queue: QueueRow, predecessor: string | undefined): Promise<Placed> {
    const { session, order } = row;
    const { name } = queue;
    const before = predecessor && (await getTask(this.#tx, session, predecessor));
    if (before && before.holds !== undefined && before.queue?.name === name) {
      await replaceRow(this.#tx, before, changed(before, { holds: undefined }));
      return { row: at(row, name, before.order), released: before.key };
    }
    const lane = JSON.stringify([session, name]);
    const last = this.#last.get(lane) ?? (await this.#lastOf(session, name));
    // The clock may have been set back since.
    const next = Math.max(order, last + 1);
    this.#last.set(lane, next);
    return { row: at(row, name, next) };
  }

  async #lastOf(session: string, queue: string): Promise<number> {
    const tx = this.#tx;
    const tasks = tx.objectStore("tasks");
    const all = IDBKeyRange.bound([session, queue], [session, queue, Number.POSITIVE_INFINITY]);
    const last = await tasks.index("by-queue").openKeyCursor(all, "prev");
    const holders = await tasks.index("by-hold").getAll([session, queue]);
    return Math.max(0, last?.key[2] ?? 0, ...holders.map(({ order }) => order));
  }
}

function at(row: TaskRow, queue: string, order: number): TaskRow {
  const { session } = row;
  return { ...row, order, live: [session, order], queued: [session, queue, order] };
}
