import { isReadable } from "./bodies.ts";
import type { Database, WriteTransaction } from "./database.ts";
import type { PartRow } from "./schema.ts";
import { changed, type TaskChange } from "./tasks.ts";

/** What is known of a stored part without its bytes. */
export interface PartMark {
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface NewPart {
  readonly session: string;
  readonly key: string;
  readonly fileId: string;
  readonly offset: number;
  /** With those of the stored parts that become one with this one. */
  readonly bytes: Blob;
  /** The file begins with it, and takes the place of the task's last one. */
  readonly isFirst: boolean;
  /** What else becomes true of the task with this checkpoint. */
  readonly change: TaskChange;
}

/** Smaller parts are merged with those that follow until they have this much: 1 GiB never leaves 1,000 parts. */
const MERGED_BYTES = 4 * 1024 * 1024;

export function isSmall({ sizeBytes }: Pick<PartMark, "sizeBytes">): boolean {
  return sizeBytes < MERGED_BYTES;
}

/** One file: `[session, fileId, *]`. */
function fileRange(session: string, fileId: string, from = 0): IDBKeyRange {
  return IDBKeyRange.bound([session, fileId, from], [session, fileId, Number.POSITIVE_INFINITY]);
}

/**
 * Writes a checkpoint: the bytes and the row that counts them, in one transaction.
 * @returns false where the task no longer wants these bytes: it is gone, finished, or began another file
 */
export function appendPart(database: Database, part: NewPart): Promise<boolean> {
  const { session, key, fileId } = part;
  return database.write(["tasks", "parts"], "relaxed", async (tx) => {
    const row = await tx.objectStore("tasks").get([session, key]);
    if (row?.live === undefined || (row.file?.fileId !== fileId && !part.isFirst)) return false;
    const bytesReceived = part.offset + part.bytes.size;
    const next = changed(row, {
      ...part.change,
      bytesReceived,
      farthest: Math.max(row.farthest, bytesReceived),
    });
    await Promise.all([tx.objectStore("tasks").put(next), putPart(tx, part)]);
    if (row.file !== undefined && row.file.fileId !== fileId) await deleteParts(tx, session, row.file.fileId);
    return true;
  });
}

async function putPart(tx: WriteTransaction, part: NewPart): Promise<void> {
  const parts = tx.objectStore("parts");
  const { session, fileId, offset, bytes } = part;
  // Also what lies behind: after a gap, or of another version, and believed again once the gap is filled.
  await parts.delete(fileRange(session, fileId, offset));
  await parts.put({ session, fileId, offset, sizeBytes: bytes.size, bytes });
}

/**
 * Reads the parts of a file from its start to the first gap: a damaged tail is left out, never skipped.
 * @param bytesReceived as the task's row has it, which is written with the last of them: where they end elsewhere, none
 *   of them is sure
 */
export async function readParts(
  database: Database,
  session: string,
  fileId: string,
  bytesReceived?: number,
): Promise<PartRow[]> {
  const stored = await database.read(["parts"], (tx) =>
    tx.objectStore("parts").getAll(fileRange(session, fileId)),
  );
  if (bytesReceived !== undefined && lengthOf(stored) !== bytesReceived) return [];
  const end = stored.findIndex((part, index) => {
    const previous = stored[index - 1];
    const expectedOffset = previous === undefined ? 0 : previous.offset + previous.sizeBytes;
    return (
      part.offset !== expectedOffset || !(part.bytes instanceof Blob) || part.bytes.size !== part.sizeBytes
    );
  });
  return end < 0 ? stored : stored.slice(0, end);
}

/**
 * Leaves out what cannot be read at the end: WebKit may keep the row of a part without its bytes where the realm that wrote
 * it was just being ended. The small ones there, which are merged with what follows, are brought into memory: what WebKit
 * stores of a stored Blob it goes on reading from that one, also when that is deleted.
 */
export async function usableOf(parts: readonly PartRow[]): Promise<readonly PartRow[]> {
  const last = parts.at(-1);
  if (last === undefined) return parts;
  if (!isSmall(last)) return (await isReadable(last.bytes)) ? parts : usableOf(parts.slice(0, -1));
  const before = await usableOf(parts.slice(0, -1));
  const bytes = await last.bytes.arrayBuffer().catch(() => undefined);
  // What follows a part that is lost is lost with it.
  if (bytes === undefined || before.length < parts.length - 1) return before;
  return [...before, { ...last, bytes: new Blob([bytes]) }];
}

export function lengthOf(parts: readonly PartMark[]): number {
  const last = parts.at(-1);
  return last === undefined ? 0 : last.offset + last.sizeBytes;
}

export async function deleteParts(tx: WriteTransaction, session: string, fileId: string): Promise<void> {
  await tx.objectStore("parts").delete(fileRange(session, fileId));
}
