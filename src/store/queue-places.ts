import type { WriteTransaction } from "./database.ts";
import type { QueueRow, TaskRow } from "./schema.ts";
import { soundRow } from "./sound-row.ts";
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
   * Returns `row` at the end of its queue, or in the place of the task that it replaces there. If it repeats or replaces
   * a task that holds the queue, it gets the place of that one, and the queue goes on with it.
   * @param others the task that it repeats, and the one that it replaces
   */
  async place(row: TaskRow, { name }: QueueRow, others: readonly (TaskRow | undefined)[]): Promise<Placed> {
    const { session, order } = row;
    const tx = this.#tx;
    const holders = await tx.objectStore("tasks").index("by-hold").getAll([session, name]);
    // The events of the one that it replaces may be settled: then it no longer has its id.
    const isOther = ({ key, id }: TaskRow): boolean =>
      id === row.id || others.some((other) => other?.key === key);
    const holder = holders.map(soundRow).find(isOther);
    if (holder !== undefined) {
      await replaceRow(tx, holder, changed(holder, { holds: undefined }));
      return { row: at(row, name, holder.order), released: holder.key };
    }
    const replaced = others.find((other) => other?.queued !== undefined && other.queue?.name === name);
    if (replaced !== undefined) return { row: at(row, name, replaced.order) };
    const lane = JSON.stringify([session, name]);
    const last = this.#last.get(lane) ?? (await this.#lastOf(session, name, holders));
    // The clock may have been set back since.
    const next = Math.max(order, last + 1);
    this.#last.set(lane, next);
    return { row: at(row, name, next) };
  }

  async #lastOf(session: string, queue: string, holders: readonly TaskRow[]): Promise<number> {
    const tx = this.#tx;
    const all = IDBKeyRange.bound([session, queue], [session, queue, Number.POSITIVE_INFINITY]);
    const last = await tx.objectStore("tasks").index("by-queue").openKeyCursor(all, "prev");
    return Math.max(0, last?.key[2] ?? 0, ...holders.map(({ order }) => order));
  }
}

function at(row: TaskRow, queue: string, order: number): TaskRow {
  const { session } = row;
  return { ...row, order, live: [session, order], queued: [session, queue, order] };
}
