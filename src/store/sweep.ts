import { deleteBody, freshUpload, withoutBody } from "./bodies.ts";
import { bytesOnDisk } from "./bytes-on-disk.ts";
import { canResume, hasBody } from "./can-resume.ts";
import type { Database, ReadTransaction, WriteTransaction } from "./database.ts";
import { historyRange, isStripped } from "./history.ts";
import { deleteParts } from "./parts.ts";
import type { TaskKey, TaskRow } from "./schema.ts";
import { readSessions } from "./sessions.ts";
import { getTask } from "./sound-row.ts";
import { heldFiles, readsFromSource } from "./stored-blobs.ts";
import { headOf } from "./task-info-of.ts";
import { changed, replaceRow } from "./tasks.ts";

/** A settled task is kept this long, so that observers in other tabs can still read its file. */
export const SETTLED_GRACE_MS = 5_000;

/**
 * Tasks or files per transaction, so that nobody waits long for a sweep. Read-only transactions find what is due; the one
 * that changes it checks again.
 */
const SLICE = 100;

/** Deletes the bodies and bytes of tasks that were settled a while ago, and their rows unless a history has them. */
export async function sweepSettled(
  database: Database,
  now: number,
  graceMs: number = SETTLED_GRACE_MS,
): Promise<void> {
  const held = await heldFiles(database);
  const until = now - graceMs;
  const isSpent = (row: TaskRow): boolean =>
    Number(row.settledAt) <= until && !isKept(row) && !held.has(row.file?.fileId ?? "");
  await sweepTasks(database, "by-settled", IDBKeyRange.upperBound(until), isSpent, (tx, row) =>
    row.past === undefined ? deleteTask(tx, row) : strip(tx, row),
  );
}

/** Calls `act` for the due tasks among those that an index has in a range. */
async function sweepTasks(
  database: Database,
  index: "by-settled" | "by-finished" | "by-history",
  range: IDBKeyRange,
  isDue: (row: TaskRow) => boolean,
  act: (tx: WriteTransaction, row: TaskRow) => Promise<void>,
): Promise<void> {
  const dueOf = async (
    tx: ReadTransaction | WriteTransaction,
    keys: readonly TaskKey[],
  ): Promise<TaskRow[]> => {
    const rows = await Promise.all(keys.map(([session, key]) => getTask(tx, session, key)));
    return rows.filter((row) => row !== undefined).filter(isDue);
  };
  const keys = await database.read(["tasks"], (tx) => tx.objectStore("tasks").index(index).getAllKeys(range));
  for (let start = 0; start < keys.length; start += SLICE) {
    const due = await database.read(["tasks"], (tx) => dueOf(tx, keys.slice(start, start + SLICE)));
    if (due.length === 0) continue;
    const dueKeys = due.map(({ session, key }): TaskKey => [session, key]);
    await database.write(["tasks", "bodies", "parts", "outbox"], "relaxed", async (tx) => {
      await Promise.all((await dueOf(tx, dueKeys)).map((row) => act(tx, row)));
    });
  }
}

/**
 * A failed task can be retried within the retention time, with its body and from its bytes (T7), unless the app does not
 * want it. A task is also kept until the user has been notified, as long as it holds its queue, and if the copy of its
 * body may depend on it.
 */
export function isKept(row: TaskRow): boolean {
  if (row.notificationDue !== undefined || row.holds !== undefined) return true;
  if (row.hasBody && row.isBodyCopied && readsFromSource()) return true;
  if (row.isForgotten || row.finishedAt === undefined || row.failure === undefined) return false;
  // The body of a cancelled upload is deleted at once.
  return canResume(row) || (row.kind !== "upload" && hasBody(row));
}

/** Deletes a row with its body and its bytes. */
export async function deleteTask(tx: WriteTransaction, row: TaskRow): Promise<void> {
  await Promise.all([
    tx.objectStore("tasks").delete([row.session, row.key]),
    deleteBody(tx, row),
    deleteFileOf(tx, row),
  ]);
}

/** Leaves what a history shows. The row is in no index but that of the history: no later sweep of settled tasks reads it. */
async function strip(tx: WriteTransaction, row: TaskRow): Promise<void> {
  await Promise.all([deleteBody(tx, row), deleteFileOf(tx, row)]);
  const { bytesAcknowledged = 0 } = row.upload ?? {};
  const next = changed(withoutBody(row), {
    settledAt: undefined,
    finishedAt: undefined,
    bytesReceived: bytesOnDisk(row),
    file: undefined,
    completion: undefined,
    notification: undefined,
    response: headOf(row),
    upload: row.upload && { ...freshUpload(row.upload), bytesAcknowledged },
  });
  await replaceRow(tx, row, next);
}

async function deleteFileOf(tx: WriteTransaction, row: TaskRow): Promise<void> {
  if (row.file !== undefined) await deleteParts(tx, row.session, row.file.fileId);
}

/** Deletes bytes that were not collected within the retention time; their events stay and say `expired` (E7). */
export async function sweepExpired(database: Database, now: number): Promise<void> {
  const sessions = await readSessions(database);
  const retentionMs = new Map(sessions.map((row) => [row.identifier, row.configuration.retention * 1000]));
  const shortestMs = Math.min(...retentionMs.values());
  if (!Number.isFinite(shortestMs)) return;
  const isOld = ({ session, finishedAt }: TaskRow): boolean =>
    (finishedAt ?? now) + (retentionMs.get(session) ?? shortestMs) <= now;
  await sweepTasks(database, "by-finished", IDBKeyRange.upperBound(now - shortestMs), isOld, expire);
  for (const [session, ms] of retentionMs) {
    const range = historyRange(session, [ms - now], [Number.POSITIVE_INFINITY]);
    await sweepTasks(database, "by-history", range, isStripped, deleteTask);
  }
}

async function expire(tx: WriteTransaction, row: TaskRow): Promise<void> {
  const message = "The result was not collected within the retention time, so its bytes were deleted.";
  await deleteFileOf(tx, row);
  await deleteBody(tx, row);
  await deleteOffer(tx, row);
  const next = changed(row, {
    finishedAt: undefined,
    keepsHistory: undefined,
    past: undefined,
    bytesReceived: bytesOnDisk(row),
    file: undefined,
    hasBody: undefined,
    bodyOf: undefined,
    isReceived: undefined,
    isBodyGone: row.hasBody ?? row.isBodyGone,
    response: headOf(row),
    // What is placed was not deleted.
    failure: row.failure ?? (row.isPlaced ? undefined : { code: "expired", message }),
  });
  await replaceRow(tx, row, next);
}

/** Deletes the event that offers the file. */
async function deleteOffer(tx: WriteTransaction, row: TaskRow): Promise<void> {
  const outbox = tx.objectStore("outbox");
  for (const event of await outbox.index("by-task").getAll([row.session, row.key])) {
    if (event.type === "didFinishDownloading" && event.seq !== undefined) await outbox.delete(event.seq);
  }
}

/** Deletes files that no task refers to: a download started over, or a worker died in between (W6). */
export async function sweepOrphans(database: Database): Promise<number> {
  let orphans = 0;
  let last: FileKey | undefined;
  do {
    const files = await database.read(["parts"], (tx) => filesAfter(tx, last));
    const found = await database.read(["tasks"], (tx) => orphansOf(tx, files));
    if (found.length > 0) orphans += await deleteOrphans(database, found);
    last = files.at(-1);
  } while (last !== undefined);
  return orphans;
}

type FileKey = readonly [session: string, fileId: string];

/** Lists the files that come next. */
async function filesAfter(tx: ReadTransaction, last: FileKey | undefined): Promise<FileKey[]> {
  // The first part of each would be enough, but one step per file costs more than the keys of all parts.
  const range = last && IDBKeyRange.lowerBound([...last, Number.POSITIVE_INFINITY], true);
  const keys = await tx.objectStore("parts").getAllKeys(range, SLICE);
  const files = new Map(
    keys.map(([session, fileId]) => [JSON.stringify([session, fileId]), [session, fileId] as const]),
  );
  return [...files.values()];
}

async function orphansOf(
  tx: ReadTransaction | WriteTransaction,
  files: readonly FileKey[],
): Promise<FileKey[]> {
  const byFile = tx.objectStore("tasks").index("by-file");
  const counts = await Promise.all(files.map(([, fileId]) => byFile.count(fileId)));
  return files.filter((_, index) => counts[index] === 0);
}

function deleteOrphans(database: Database, found: readonly FileKey[]): Promise<number> {
  return database.write(["tasks", "parts"], "relaxed", async (tx) => {
    const orphans = await orphansOf(tx, found);
    await Promise.all(orphans.map(([session, fileId]) => deleteParts(tx, session, fileId)));
    return orphans.length;
  });
}
