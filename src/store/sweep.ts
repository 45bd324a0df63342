import { bodyKeyOf } from "./bodies.ts";
import type { Database, WriteTransaction } from "./database.ts";
import { deleteParts } from "./parts.ts";
import type { TaskRow } from "./schema.ts";
import { allSessions } from "./sessions.ts";
import { soundRow } from "./sound-row.ts";
import { heldFiles } from "./stored-blobs.ts";
import { changed } from "./tasks.ts";

/** A settled task is kept this long, so that observers in other tabs can still take its file. */
export const SETTLED_GRACE_MS = 5_000;

const EVERYTHING = ["sessions", "tasks", "bodies", "parts", "outbox"] as const;

/** Deletes the rows, bodies and bytes of tasks all of whose events were settled a while ago. */
export async function sweepSettled(
  database: Database,
  now: number,
  graceMs: number = SETTLED_GRACE_MS,
): Promise<void> {
  const held = await heldFiles(database);
  await database.write([...EVERYTHING], "relaxed", async (tx) => {
    const due = IDBKeyRange.upperBound(now - graceMs);
    const rows = await tx.objectStore("tasks").index("by-settled").getAll(due);
    const spent = rows.map(soundRow).filter((row) => !isKept(row) && !held.has(row.file?.fileId ?? ""));
    await Promise.all(spent.map((row) => deleteTask(tx, row)));
  });
}

/**
 * A failed task may be retried within the retention time: with its body, and from its bytes (T7). Of one that the user
 * wants to hear of the daemon has still to tell.
 */
function isKept(row: TaskRow): boolean {
  if (row.notificationDue !== undefined) return true;
  if (row.finishedAt === undefined || row.failure === undefined) return false;
  // The body of a cancelled upload is freed at once.
  return canResume(row) || (row.kind !== "upload" && hasBody(row));
}

/** A failed task that may still be gone on from; what there is of it is kept for the retention time (T7). */
export function canResume(row: TaskRow): boolean {
  const { kind, failure, isResumable, file, bytesReceived } = row;
  if (failure === undefined || (failure.code === "cancelled" && !isResumable)) return false;
  if (kind === "upload") return failure.code !== "file-missing" && hasBody(row);
  return file?.validator !== undefined && bytesReceived > 0;
}

function hasBody({ hasBody, request }: TaskRow): boolean {
  return hasBody === true || request?.body !== undefined;
}

async function deleteTask(tx: WriteTransaction, row: TaskRow): Promise<void> {
  await Promise.all([
    tx.objectStore("tasks").delete([row.session, row.key]),
    deleteBodyOf(tx, row),
    deleteFileOf(tx, row),
  ]);
}

async function deleteBodyOf(tx: WriteTransaction, row: TaskRow): Promise<void> {
  // Where another task took it over, it still lies under this one's key.
  if (row.hasBody) await tx.objectStore("bodies").delete(bodyKeyOf(row));
}

async function deleteFileOf(tx: WriteTransaction, row: TaskRow): Promise<void> {
  if (row.file !== undefined) await deleteParts(tx, row.session, row.file.fileId);
}

/** Lets go of bytes that nobody collected within the retention time; their events stay and say `expired` (E7). */
export function sweepExpired(database: Database, now: number): Promise<void> {
  return database.write([...EVERYTHING], "relaxed", async (tx) => {
    const sessions = await allSessions(tx);
    const retentionMs = new Map(sessions.map((row) => [row.identifier, row.configuration.retention * 1000]));
    const shortestMs = Math.min(...retentionMs.values());
    if (!Number.isFinite(shortestMs)) return;
    const due = IDBKeyRange.upperBound(now - shortestMs);
    const rows = await tx.objectStore("tasks").index("by-finished").getAll(due);
    for (const row of rows.map(soundRow)) {
      const keptMs = retentionMs.get(row.session) ?? shortestMs;
      if ((row.finishedAt ?? now) + keptMs <= now) await expire(tx, row);
    }
  });
}

async function expire(tx: WriteTransaction, row: TaskRow): Promise<void> {
  const { body: _, ...head } = row.response ?? { body: undefined };
  const message = "The result was not collected within the retention time, so its bytes were deleted.";
  await deleteFileOf(tx, row);
  await deleteBodyOf(tx, row);
  await deleteOffer(tx, row);
  await tx.objectStore("tasks").put(
    changed(row, {
      finishedAt: undefined,
      file: undefined,
      hasBody: undefined,
      bodyOf: undefined,
      response: row.response && (head as TaskRow["response"]),
      failure: row.failure ?? { code: "expired", message },
    }),
  );
}

/** There is no file to offer any more. */
async function deleteOffer(tx: WriteTransaction, row: TaskRow): Promise<void> {
  const outbox = tx.objectStore("outbox");
  for (const event of await outbox.index("by-task").getAll([row.session, row.key])) {
    if (event.type === "didFinishDownloading" && event.seq !== undefined) await outbox.delete(event.seq);
  }
}

/** Deletes files that no task speaks of: a download that began again, or a worker that died in between (W6). */
export function sweepOrphans(database: Database): Promise<number> {
  return database.write([...EVERYTHING], "relaxed", async (tx) => {
    const parts = tx.objectStore("parts");
    const tasks = tx.objectStore("tasks").index("by-file");
    let orphans = 0;
    let cursor = await parts.openKeyCursor();
    while (cursor !== null) {
      const [session, fileId] = cursor.key;
      if ((await tasks.count(fileId)) === 0) {
        orphans += 1;
        await deleteParts(tx, session, fileId);
      }
      // One step a file, however many parts it has.
      cursor = await cursor.continue([session, fileId, Number.POSITIVE_INFINITY]);
    }
    return orphans;
  });
}
