import type { Database } from "./database.ts";
import type { TaskRow } from "./schema.ts";
import { soundRow } from "./sound-row.ts";
import { changed } from "./tasks.ts";

/** Lists the finished tasks of which the user is still to be told, in the order in which they finished. */
export function dueNotifications(database: Database): Promise<TaskRow[]> {
  return database.read(["tasks"], async (tx) => {
    const rows = await tx.objectStore("tasks").index("by-notification-due").getAll();
    return rows.map(soundRow);
  });
}

/** Records that the user was told, or need not be. */
export function settleNotification(database: Database, { session, key }: TaskRow): Promise<void> {
  return database.write(["tasks"], "relaxed", async (tx) => {
    const row = await tx.objectStore("tasks").get([session, key]);
    if (row !== undefined) await tx.objectStore("tasks").put(changed(row, { notificationDue: undefined }));
  });
}
