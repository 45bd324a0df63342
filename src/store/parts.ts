import { isReadable } from "./bodies.ts";
import type { Database, ReadTransaction, WriteTransaction } from "./database.ts";
import type { PartRow, RangeRow, StoredPart, TaskRow } from "./schema.ts";
import { changed, changeRow, type TaskChange } from "./tasks.ts";

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
  /** Includes the bytes of stored parts that are merged into this one. */
  readonly bytes: Blob;
  /** It begins a file, which replaces the task's previous one. */
  readonly isFirst: boolean;
  /** What else changes in the row with this checkpoint. */
  readonly change: TaskChange;
  /** The bytes are those of a range only; absent if they follow all that is on disk. */
  readonly range?: PartRange | undefined;
}

/** A range of a file, of which others are received at the same time. */
export interface PartRange {
  /** The first byte that belongs to another range, as of now. */
  readonly end: number;
  /** Returns what changes in the row that is read when a part of this range is written. */
  count(row: TaskRow, part: PartMark): TaskChange;
}

/** Parts smaller than this are merged with those that follow, so that 1 GiB does not leave 1,000 parts. */
const MERGED_BYTES = 4 * 1024 * 1024;

export function isSmall({ sizeBytes }: Pick<PartMark, "sizeBytes">): boolean {
  return sizeBytes < MERGED_BYTES;
}

/** The parts of a file: `[session, fileId, *]`. */
function fileRange(
  session: string,
  fileId: string,
  from = 0,
  end: number = Number.POSITIVE_INFINITY,
): IDBKeyRange {
  return IDBKeyRange.bound([session, fileId, from], [session, fileId, end], false, true);
}

/**
 * Writes a checkpoint: the bytes and the row that counts them, in one transaction.
 * @returns false if the task no longer wants these bytes: it is gone, finished, or began another file
 */
export function appendPart(database: Database, part: NewPart): Promise<boolean> {
  const { session, key, fileId } = part;
  return database.write(["tasks", "parts"], "relaxed", async (tx) => {
    let isWanted = false;
    await changeRow(tx, session, key, async (row) => {
      const isSameFile = row.file?.fileId === fileId;
      isWanted = row.live !== undefined && (isSameFile || part.isFirst);
      if (!isWanted) return row;
      await putPart(tx, part);
      if (row.file !== undefined && !isSameFile) await deleteParts(tx, session, row.file.fileId);
      const { offset, bytes } = part;
      const bytesReceived = offset + bytes.size;
      return changed(row, {
        ...part.change,
        ...(part.range?.count(row, { offset, sizeBytes: bytes.size }) ?? {
          bytesReceived,
          farthest: Math.max(row.farthest, bytesReceived),
        }),
      });
    });
    return isWanted;
  });
}

async function putPart(tx: WriteTransaction, part: NewPart): Promise<void> {
  const parts = tx.objectStore("parts");
  const { session, fileId, offset, bytes, range } = part;
  // Later parts too: they follow a gap or belong to another version, and would be trusted when the gap is filled.
  await parts.delete(fileRange(session, fileId, offset, range?.end));
  await parts.put({ session, fileId, offset, sizeBytes: bytes.size, bytes });
}

/**
 * Reads the parts of a file up to the first gap: what follows a damaged part is left out.
 * @param bytesReceived from the task's row, which is written with the last part: if the parts end elsewhere, none of them
 *   can be trusted
 */
export async function readParts(
  database: Database,
  session: string,
  fileId: string,
  bytesReceived?: number,
): Promise<PartRow[]> {
  const stored = await partsBeyondGaps(database, session, fileId);
  return bytesReceived === undefined || lengthOf(stored) === bytesReceived ? upToGap(stored) : [];
}

/** Reads what a task's file consists of, up to the first gap; nothing if it has no file. */
export async function ownParts(
  tx: ReadTransaction,
  { session, file }: TaskRow,
): Promise<readonly StoredPart[]> {
  return file === undefined ? [] : upToGap(await partsIn(tx, session, file.fileId));
}

function upToGap<Part extends StoredPart>(parts: Part[]): Part[] {
  const end = parts.findIndex((part, index) => {
    const previous = parts[index - 1];
    const expectedOffset = previous === undefined ? 0 : previous.offset + previous.sizeBytes;
    return part.offset !== expectedOffset || isDamaged(part);
  });
  return end < 0 ? parts : parts.slice(0, end);
}

/** Reads all parts of a file, whatever is between them. */
export async function partsBeyondGaps(
  database: Database,
  session: string,
  fileId: string,
): Promise<PartRow[]> {
  const stored = await database.read(["parts"], (tx) => partsIn(tx, session, fileId));
  return stored.map(asBlob);
}

function partsIn(tx: ReadTransaction, session: string, fileId: string): Promise<StoredPart[]> {
  return tx.objectStore("parts").getAll(fileRange(session, fileId));
}

function asBlob({ bytes, ...part }: StoredPart): PartRow {
  return { ...part, bytes: bytes instanceof ArrayBuffer ? new Blob([bytes]) : bytes };
}

/** Writes a whole file, which is so short that it is one part. */
export async function putShortFile(
  tx: WriteTransaction,
  session: string,
  fileId: string,
  bytes: ArrayBuffer,
): Promise<void> {
  await tx.objectStore("parts").put({ session, fileId, offset: 0, sizeBytes: bytes.byteLength, bytes });
}

/** Deletes the parts in some ranges of a file, and writes what the row counts then. */
export function dropParts(
  database: Database,
  { session, key }: TaskRow,
  fileId: string,
  ranges: readonly RangeRow[],
  change: TaskChange,
): Promise<unknown> {
  return database.write(["tasks", "parts"], "relaxed", (tx) =>
    changeRow(tx, session, key, async (row) => {
      if (row.live === undefined || row.file?.fileId !== fileId) return row;
      for (const [start, end] of ranges)
        await tx.objectStore("parts").delete(fileRange(session, fileId, start, end));
      return changed(row, change);
    }),
  );
}

export function isDamaged({ bytes, sizeBytes }: StoredPart): boolean {
  return (bytes instanceof Blob ? bytes.size : (bytes?.byteLength ?? -1)) !== sizeBytes;
}

/**
 * Returns the parts without those at the end that cannot be read: WebKit may keep a part without its bytes if the realm
 * that wrote it was ending. Reads the small parts at the end into memory, since they will be merged: WebKit would read the
 * merged Blob from the stored one, which is deleted then.
 */
export async function usableOf(parts: readonly PartRow[]): Promise<readonly PartRow[]> {
  const last = parts.at(-1);
  if (last === undefined) return parts;
  if (!isSmall(last)) return (await isReadable(last.bytes)) ? parts : usableOf(parts.slice(0, -1));
  const before = await usableOf(parts.slice(0, -1));
  const bytes = await last.bytes.arrayBuffer().catch(() => undefined);
  // If a part is lost, what follows it is lost too.
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
