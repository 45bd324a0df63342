import { isRecord } from "../protocol/checks.ts";
import { TASK_STATES } from "../protocol/task-state.ts";
import type { Database } from "../store/database.ts";
import type { TaskRow } from "../store/schema.ts";
import { sweepExpired, sweepOrphans, sweepSettled } from "../store/sweep.ts";
import type { LogEntry } from "./log.ts";

/** Returns what is wrong with a row that was read from disk, so that one bad row never stops the daemon. */
export function damageOf(row: TaskRow): string | undefined {
  if (!TASK_STATES.includes(row.state)) return `unknown state ${String(row.state)}`;
  if (typeof row.request !== "object" || !URL.canParse(String(row.request?.url))) return "no address";
  if (!isRecord(row.request.headers)) return "no headers";
  if (!(row.bytesReceived >= 0)) return "no count of bytes";
  return undefined;
}

/** Brings the database in order at a start: what is settled, too old, or belongs to nothing goes (W6). */
export async function reconcile(
  database: Database,
  now: number,
  log: (entry: LogEntry) => void,
): Promise<void> {
  await sweepSettled(database, now);
  await sweepExpired(database, now);
  const orphans = await sweepOrphans(database);
  if (orphans > 0) log({ level: "warning", message: `Deleted ${orphans} files that belonged to no task.` });
}
