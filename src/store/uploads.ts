import type { Database } from "./database.ts";
import type { TaskRow, UploadRow } from "./schema.ts";
import { changed, changeTask } from "./tasks.ts";

/**
 * Writes a checkpoint of an upload: what the server has acknowledged, and under which URL.
 * @returns false if the task must not be sent any more: it is gone, finished or was replaced
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
