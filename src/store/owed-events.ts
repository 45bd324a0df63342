import type { WriteTransaction } from "./database.ts";
import type { DurableEvent, TaskRow } from "./schema.ts";

/** Adds the events that a finished task owes its owner to the outbox, in order of delivery (E3). */
export function addEvents(tx: WriteTransaction, row: TaskRow): Promise<unknown>[] {
  const types: DurableEvent[] = [];
  // What is placed has not to be moved by anybody.
  if (row.kind === "download" && row.failure === undefined && !row.isPlaced)
    types.push("didFinishDownloading");
  if (row.collectsMetrics) types.push("didFinishCollectingMetrics");
  types.push("didComplete");
  if (row.completion !== undefined) types.push("completionHandler");
  return types.map((type) => addEvent(tx, row, type));
}

/** Adds the event that asks the app, and deletes the one that nobody needs to answer any more. */
export async function changeQuestion(tx: WriteTransaction, row: TaskRow, next: TaskRow): Promise<void> {
  const [before, asks] = [row.hold?.asks, next.hold?.asks];
  if (before !== undefined) {
    const outbox = tx.objectStore("outbox");
    for (const { type, seq } of await outbox.index("by-task").getAll([row.session, row.key]))
      if (type === before && seq !== undefined) await outbox.delete(seq);
  }
  if (asks !== undefined) await addEvent(tx, next, asks);
}

function addEvent(tx: WriteTransaction, { session, key }: TaskRow, type: DurableEvent): Promise<unknown> {
  const eventId = crypto.randomUUID();
  return tx.objectStore("outbox").add({ eventId, session, taskKey: key, type, refusals: 0 });
}
