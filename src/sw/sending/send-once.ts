import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { Database } from "../../store/database.ts";
import type { TaskRow } from "../../store/schema.ts";
import { changed, changeTask } from "../../store/tasks.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { mayRepeat } from "../decisions/retry-policy.ts";

/** The outcome of a request that must not be sent twice and was in flight when the daemon stopped. */
export const SENT_BEFORE: Outcome = {
  kind: "unanswered",
  message: "the daemon was stopped while it was in flight",
};

/**
 * Says whether an attempt may be made. A request that must not be repeated is marked on disk before it is sent: if the
 * worker is stopped after that, nobody knows what became of the request (T10).
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
