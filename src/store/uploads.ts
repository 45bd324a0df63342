import type { Database } from "./database.ts";
import type { TaskRow, UploadRow } from "./schema.ts";
import { changed, changeTask } from "./tasks.ts";

/**
 * Writes a checkpoint of an upload: what the server has acknowledged, and where it keeps it.
 * @returns false if the task no longer wants to be sent: it is gone, finished or was replaced
 */
export async function checkpointUpload(
  database: Database,
  { session, key }: TaskRow,
  upload: UploadRow,
): Promise<boolean> {
  const row = await changeTask(database, session, key, "relaxed", (it) =>
    it.live === undefined
      ? it
      : changed(it, { upload, farthest: Math.max(it.farthest, upload.bytesAcknowledged) }),
  );
  return row?.upload === upload;
}
