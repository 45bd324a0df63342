import type { WriteTransaction } from "./database.ts";
import type { DurableEvent, TaskRow } from "./schema.ts";

/** Adds the events that a finished task owes its owner to the outbox, in order of delivery (E3). */
export function addEvents(tx: WriteTransaction, row: TaskRow): Promise<unknown>[] {
  const types: DurableEvent[] = [];
  // What is placed has not to be moved by anybody.
  if (row.kind === "download" && row.failure === undefined && !row.isPlaced)
    types.push("didFinishDownloading");
  types.push("didComplete");
  if (row.completion !== undefined) types.push("completionHandler");
  const outbox = tx.objectStore("outbox");
  return types.map((type) =>
    outbox.add({
      eventId: crypto.randomUUID(),
      session: row.session,
      taskKey: row.key,
      type,
      refusals: 0,
    }),
  );
}
