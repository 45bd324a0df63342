import { isFinished } from "../protocol/task-state.ts";
import type { Database } from "./database.ts";
import { getTask } from "./sound-row.ts";
import { heldFiles } from "./stored-blobs.ts";
import { deleteTask, isKept } from "./sweep.ts";
import { changed, replaceRow } from "./tasks.ts";

/**
 * Takes a finished task out of its history and deletes it. If it still has events, the sweep deletes it when they are
 * settled; if it holds its queue, the user has to be told of it, or a script holds its file, when that is over.
 */
export async function forgetTask(database: Database, session: string, key: string): Promise<void> {
  const held = await heldFiles(database);
  await database.write(["tasks", "bodies", "parts", "outbox"], "strict", async (tx) => {
    const row = await getTask(tx, session, key);
    if (row === undefined || !isFinished(row.state)) return;
    const next = changed(row, { isForgotten: true, keepsHistory: undefined, past: undefined });
    const owed = await tx.objectStore("outbox").index("by-task").count([session, key]);
    if (owed === 0 && !isKept(next) && !held.has(row.file?.fileId ?? "")) await deleteTask(tx, row);
    else await replaceRow(tx, row, next);
  });
}
