import type { Database } from "./database.ts";
import type { TaskRow } from "./schema.ts";
import { soundRow } from "./sound-row.ts";
import { changed, changeTask } from "./tasks.ts";

/** Lists the finished tasks that the user has still to be told about, in the order in which they finished. */
export function dueNotifications(database: Database): Promise<TaskRow[]> {
  return database.read(["tasks"], async (tx) => {
    const rows = await tx.objectStore("tasks").index("by-notification-due").getAll();
    return rows.map(soundRow);
  });
}

/** Records that the user was told, or need not be. */
export async function settleNotification(database: Database, { session, key }: TaskRow): Promise<void> {
  await changeTask(database, session, key, "relaxed", (row) => changed(row, { notificationDue: undefined }));
}
