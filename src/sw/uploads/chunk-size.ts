const FIRST_BYTES = 256 * 1024;
/** At 128 kbit/s this takes a second. */
export const MIN_CHUNK_BYTES: number = 16 * 1024;
export const MAX_CHUNK_BYTES: number = 32 * 1024 * 1024;
/** A chunk should take about this long: it is how often there is progress, and how much a failure wastes. */
const TARGET_MS = 1_000;
/** One lucky chunk does not prove a fast link. */
const MAX_GROWTH = 4;

/** Chooses the size of the next chunk from the time that the last one took. */
export class ChunkSize {
  #bytes = FIRST_BYTES;
  #min = 0;
  #max = Number.POSITIVE_INFINITY;
  /** A limit that the server enforced, whatever limits it announces. */
  #ceiling = Number.POSITIVE_INFINITY;

  get bytes(): number {
    return Math.min(Math.max(this.#bytes, this.#min), this.#max, this.#ceiling);
  }

  /** Applies the limits of the server, which override our own. */
  limit(min: number | undefined, max: number | undefined): void {
    this.#min = min ?? this.#min;
    this.#max = max ?? this.#max;
  }

  /** A whole chunk was acknowledged; the last chunk of a body may be too small to count. */
  adapt(sizeBytes: number, elapsedMs: number): void {
    const wanted = (sizeBytes * TARGET_MS) / Math.max(1, elapsedMs);
    const grown = Math.min(wanted, this.#bytes * MAX_GROWTH);
    this.#bytes = Math.round(Math.min(Math.max(grown, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES));
  }

  /** The server found a chunk too large. @returns false if it cannot be smaller */
  shrink(): boolean {
    if (this.bytes <= Math.max(MIN_CHUNK_BYTES, this.#min)) return false;
    this.#bytes = Math.round(this.bytes / 4);
    this.#ceiling = Math.max(this.#bytes, MIN_CHUNK_BYTES);
    return true;
  }
}
