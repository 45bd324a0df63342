import type { Database } from "../../store/database.ts";
import { sweepExpired, sweepOrphans, sweepSettled } from "../../store/sweep.ts";
import type { LogEntry } from "../log.ts";

/** Cleans up the database at a start: deletes what is settled, too old, or belongs to no task (W6). */
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
