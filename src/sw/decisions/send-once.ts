import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { Database } from "../../store/database.ts";
import type { TaskRow } from "../../store/schema.ts";
import { changed, changeTask } from "../../store/tasks.ts";
import type { Outcome } from "./outcome.ts";
import { mayRepeat } from "./retry-policy.ts";

/** What becomes of a request that must not be sent twice, when it is found under way at a start. */
export const SENT_BEFORE: Outcome = {
  kind: "unanswered",
  message: "the daemon was stopped while it was on its way",
};

/**
 * Says whether an attempt may be made. A request that must not be repeated is marked on disk before it goes out: a
 * worker that is stopped in between finds it so, and cannot know what became of it (T10).
 */
export async function maySend(
  database: Database,
  row: TaskRow,
  configuration: StoredConfiguration,
): Promise<boolean> {
  if (mayRepeat(row, configuration)) return true;
  if (row.isSent) return false;
  await changeTask(database, row.session, row.key, "strict", (it) => changed(it, { isSent: true }));
  return true;
}
