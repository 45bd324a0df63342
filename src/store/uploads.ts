import type { Database } from "./database.ts";
import type { TaskRow, UploadRow } from "./schema.ts";
import { changed, changeTask } from "./tasks.ts";

/**
 * Writes a checkpoint of an upload: what the server has acknowledged, and where it keeps it.
 * @returns false where the task no longer wants to be sent: it is gone, finished or was replaced
 */
export async function checkpointUpload(
  database: Database,
  { session, key }: TaskRow,
  upload: UploadRow,
): Promise<boolean> {
  let isWanted = false;
  await changeTask(database, session, key, "relaxed", (row) => {
    if (row.live === undefined) return row;
    isWanted = true;
    return changed(row, { upload, farthest: Math.max(row.farthest, upload.bytesAcknowledged) });
  });
  return isWanted;
}
