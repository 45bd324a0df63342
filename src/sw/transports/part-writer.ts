import type { Database } from "../../store/database.ts";
import { appendPart, isSmall, lengthOf, type PartMark, type PartRange } from "../../store/parts.ts";
import type { TaskChange } from "../../store/tasks.ts";
import { Unwanted } from "../decisions/attempt-errors.ts";
import { PartBuffer } from "./part-buffer.ts";

/** A checkpoint is due after this many bytes … */
export const PART_BYTES: number = 8 * 1024 * 1024;
/** … or this much time, whichever comes first (D2). */
const CHECKPOINT_MS = 1_000;
/** If a part takes less time than this, parts grow until they take that long, up to `MAX_PART_BYTES`. */
const FAST_PART_MS = 100;
const MAX_PART_BYTES = 32 * 1024 * 1024;
/** Concurrent writes: the disk works while the next bytes come in. */
const MAX_WRITES = 3;

interface Part extends PartMark {
  readonly bytes: Blob;
}

export interface PartWriterOptions {
  readonly database: Database;
  readonly session: string;
  readonly key: string;
  readonly fileId: string;
  /** The parts on disk, which the new bytes follow. The small ones at the end are in memory. */
  readonly stored: readonly Part[];
  /** What changes in the task's row with the first checkpoint. */
  readonly change: TaskChange;
  readonly now: () => number;
  /** The bytes belong to this range only. */
  readonly range?: WriterRange | undefined;
}

export interface WriterRange extends PartRange {
  readonly start: number;
  /** Nothing of the file has been written, in any of its ranges. */
  readonly isFirst: boolean;
}

/** Collects the bytes of a body into parts and writes them as checkpoints, several at a time, in order. */
export class PartWriter {
  readonly #options: PartWriterOptions;
  /** The small parts at the end, which later ones are merged with: their bytes are still in memory. */
  readonly #small: Part[];
  readonly #pending = new PartBuffer();
  #pendingSince = 0;
  #end: number;
  #change: TaskChange;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writes = new Set<Promise<void>>();
  #error: unknown;

  constructor(options: PartWriterOptions) {
    this.#options = options;
    const { stored } = options;
    this.#small = stored.slice(1 + stored.findLastIndex((part) => !isSmall(part)));
    this.#end = options.range?.start ?? lengthOf(stored);
    this.#change = options.change;
  }

  /** The bytes so far, written or not. */
  get length(): number {
    return this.#end + this.#pending.sizeBytes;
  }

  /** Whether this writer has begun a checkpoint, so that bytes are in parts. */
  get hasWritten(): boolean {
    return this.#end > lengthOf(this.#options.stored);
  }

  /** Adds a chunk. Waits while the disk is behind. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    // Its timer would fire after everything is written, and write an empty part.
    if (chunk.byteLength === 0) return;
    if (this.#pending.sizeBytes === 0) this.#startTimer();
    this.#pending.add(chunk);
    if (this.#isPartFull()) this.#startWrite();
    while (this.#writes.size >= MAX_WRITES) await Promise.race(this.#writes);
    if (this.#error !== undefined) throw this.#error;
  }

  /** Writes everything to disk. */
  async flush(): Promise<void> {
    if (this.#pending.sizeBytes > 0) this.#startWrite();
    await Promise.all(this.#writes);
    if (this.#error !== undefined) throw this.#error;
  }

  /** Stops the timer: nothing more is written until `flush`. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  /** Drops what is not on disk. */
  discard(): void {
    this.#drain();
  }

  /** Returns the bytes instead of writing them: for bodies small enough for the row. */
  take(): ArrayBuffer {
    // Not through a Blob: the browser's main process would have to make one for each small answer.
    const bytes = new Uint8Array(this.#pending.sizeBytes);
    let at = 0;
    for (const piece of this.#drain()) {
      bytes.set(piece, at);
      at += piece.byteLength;
    }
    return bytes.buffer;
  }

  #drain(): Uint8Array<ArrayBuffer>[] {
    clearTimeout(this.#timer);
    return this.#pending.take();
  }

  #startTimer(): void {
    this.#pendingSince = this.#options.now();
    // If the link stalls right after some bytes, they must still reach the disk.
    this.#timer = setTimeout(() => this.#startWrite(), CHECKPOINT_MS);
  }

  #isPartFull(): boolean {
    const { sizeBytes } = this.#pending;
    if (sizeBytes >= MAX_PART_BYTES) return true;
    const elapsedMs = this.#options.now() - this.#pendingSince;
    return elapsedMs >= CHECKPOINT_MS || (sizeBytes >= PART_BYTES && elapsedMs >= FAST_PART_MS);
  }

  #startWrite(): void {
    const { database, session, key, fileId, range } = this.#options;
    const isFirst = range?.isFirst ?? this.#end === 0;
    const part = this.#nextPart();
    const change = this.#change;
    this.#change = {};
    const write = appendPart(database, { session, key, fileId, change, isFirst, range, ...part })
      .then((isWanted) => {
        if (!isWanted) throw new Unwanted();
      })
      .catch((error: unknown) => {
        this.#error ??= error;
      })
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  /**
   * Makes a part of the pending bytes, merged with each small part before them that is less than twice as large as what
   * follows it. So each small part is at least twice as large as the next: there are about 20 at most, and at 64 kbit/s
   * each byte is written about 7 times.
   */
  #nextPart(): Part {
    const merged: Blob[] = [];
    let { sizeBytes } = this.#pending;
    for (;;) {
      const last = this.#small.at(-1);
      if (last === undefined || last.sizeBytes >= 2 * sizeBytes) break;
      this.#small.pop();
      merged.unshift(last.bytes);
      sizeBytes += last.sizeBytes;
    }
    this.#end = this.length;
    const bytes = new Blob([...merged, ...this.#drain()]);
    const part = { offset: this.#end - sizeBytes, sizeBytes, bytes };
    if (isSmall(part)) this.#small.push(part);
    return part;
  }
}
