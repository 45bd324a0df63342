import type { Database } from "../../store/database.ts";
import { appendPart, lengthOf, type PartMark } from "../../store/parts.ts";
import type { TaskChange } from "../../store/tasks.ts";
import { PartBuffer } from "./part-buffer.ts";

/** A checkpoint is due after so many bytes … */
export const PART_BYTES: number = 8 * 1024 * 1024;
/** … or so much time, whichever is first (D2). */
const CHECKPOINT_MS = 1_000;
/** On a link so fast that a part is less than this much of it, parts grow to fill it, up to `MAX_PART_BYTES`. */
const FAST_PART_MS = 100;
const MAX_PART_BYTES = 32 * 1024 * 1024;
/** Smaller parts are merged with those that follow until they have this much: 1 GiB never leaves 1,000 parts. */
const MERGED_BYTES = PART_BYTES / 2;
/** Until then so many parts of one level become one of the next: a byte is rewritten a few times at the most. */
export const MERGE_FAN_IN = 16;
/** Writes under way at once: the disk works while the next bytes come in. */
const MAX_WRITES = 3;

export interface PartWriterOptions {
  readonly database: Database;
  readonly session: string;
  readonly key: string;
  readonly fileId: string;
  /** Parts that are on disk already; the first new byte follows them. */
  readonly stored: readonly PartMark[];
  /** What becomes true of the task with its first checkpoint. */
  readonly change: TaskChange;
  readonly now: () => number;
}

/** The task does not want these bytes any more: it was cancelled, replaced or deleted. */
export class Unwanted extends Error {}

/** Collects the bytes of a body into parts and writes them as checkpoints, several at a time, in order. */
export class PartWriter {
  readonly #options: PartWriterOptions;
  readonly #marks: PartMark[];
  readonly #pending = new PartBuffer();
  #pendingSince = 0;
  #end: number;
  #change: TaskChange;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writes = new Set<Promise<void>>();
  #error: unknown;

  constructor(options: PartWriterOptions) {
    this.#options = options;
    this.#marks = options.stored.map(({ offset, sizeBytes, level }) => ({ offset, sizeBytes, level }));
    this.#end = lengthOf(this.#marks);
    this.#change = options.change;
  }

  /** Where the body ends so far, written or not. */
  get length(): number {
    return this.#end + this.#pending.sizeBytes;
  }

  /** Whether any checkpoint of this writer was asked for: then the bytes lie in parts. */
  get hasWritten(): boolean {
    return this.#end > lengthOf(this.#options.stored);
  }

  /** Takes a chunk. Waits while the disk is behind. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    // Its clock would ring when all is written, and write a part of nothing.
    if (chunk.byteLength === 0) return;
    if (this.#pending.sizeBytes === 0) this.#startClock();
    this.#pending.add(chunk);
    if (this.#isPartFull()) this.#startWrite();
    while (this.#writes.size >= MAX_WRITES) await Promise.race(this.#writes);
    if (this.#error !== undefined) throw this.#error;
  }

  /** Brings everything to disk. */
  async flush(): Promise<void> {
    if (this.#pending.sizeBytes > 0) this.#startWrite();
    await Promise.all(this.#writes);
    if (this.#error !== undefined) throw this.#error;
  }

  /** Writes nothing by itself until it is told to. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  /** Lets go of what is not on disk. */
  discard(): void {
    this.#collected();
  }

  /** Takes the bytes out instead of writing them: for bodies small enough to lie in the row. */
  take(): ArrayBuffer {
    // Not by way of a Blob: the browser's main process would have to make one for each small answer.
    const bytes = new Uint8Array(this.#pending.sizeBytes);
    let at = 0;
    for (const piece of this.#collected()) {
      bytes.set(piece, at);
      at += piece.byteLength;
    }
    return bytes.buffer;
  }

  #collected(): Uint8Array<ArrayBuffer>[] {
    clearTimeout(this.#timer);
    return this.#pending.take();
  }

  #startClock(): void {
    this.#pendingSince = this.#options.now();
    // A link that stalls right after some bytes must not keep them in memory alone.
    this.#timer = setTimeout(() => this.#startWrite(), CHECKPOINT_MS);
  }

  #isPartFull(): boolean {
    const { sizeBytes } = this.#pending;
    if (sizeBytes >= MAX_PART_BYTES) return true;
    const elapsedMs = this.#options.now() - this.#pendingSince;
    return elapsedMs >= CHECKPOINT_MS || (sizeBytes >= PART_BYTES && elapsedMs >= FAST_PART_MS);
  }

  #startWrite(): void {
    const bytes = new Blob(this.#collected());
    const part = { offset: this.#end, ...this.#place(bytes.size) };
    this.#end += bytes.size;
    const change = this.#change;
    this.#change = {};
    const { database, session, key, fileId } = this.#options;
    const write = appendPart(database, { session, key, fileId, bytes, change, ...part })
      .then((isWanted) => {
        if (!isWanted) throw new Unwanted();
      })
      .catch((error: unknown) => {
        this.#error ??= error;
      })
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  /** Finds the level of a new part, and the small ones before it that become one with it. */
  #place(sizeBytes: number): { level: number; mergeFrom?: number } {
    const offset = this.#end;
    const firstSmall = 1 + this.#marks.findLastIndex((mark) => mark.sizeBytes >= MERGED_BYTES);
    const { mergeFrom, level } = this.#isEnoughFor(firstSmall, sizeBytes)
      ? { mergeFrom: this.#marks[firstSmall]?.offset ?? offset, level: 0 }
      : this.#completedRun(offset);
    while ((this.#marks.at(-1)?.offset ?? -1) >= mergeFrom) this.#marks.pop();
    this.#marks.push({ offset: mergeFrom, sizeBytes: offset + sizeBytes - mergeFrom, level });
    return mergeFrom === offset ? { level } : { level, mergeFrom };
  }

  /** Whether the small parts at the end and the new one make a part that is merged no more. */
  #isEnoughFor(firstSmall: number, sizeBytes: number): boolean {
    const smallBytes = this.#marks.slice(firstSmall).reduce((sum, mark) => sum + mark.sizeBytes, 0);
    return smallBytes + sizeBytes >= MERGED_BYTES;
  }

  /** Finds the runs of equals that a new part of level 0 completes: sixteen of one level are one of the next. */
  #completedRun(offset: number): { mergeFrom: number; level: number } {
    let mergeFrom = offset;
    let level = 0;
    let end = this.#marks.length;
    for (;;) {
      const run = this.#marks.slice(Math.max(0, end - MERGE_FAN_IN + 1), end);
      const isComplete = run.length === MERGE_FAN_IN - 1 && run.every((mark) => mark.level === level);
      if (!isComplete) return { mergeFrom, level };
      mergeFrom = run[0]?.offset ?? mergeFrom;
      end -= run.length;
      level += 1;
    }
  }
}
