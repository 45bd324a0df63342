const FIRST_BYTES = 256 * 1024;
/** A line of 128 kbit/s sends it in a second. */
export const MIN_CHUNK_BYTES: number = 16 * 1024;
export const MAX_CHUNK_BYTES: number = 32 * 1024 * 1024;
/** A chunk is to take about this long: that often there is progress, and no more than that goes out for nothing. */
const TARGET_MS = 1_000;
/** One lucky chunk is no proof of a fast link. */
const MAX_GROWTH = 4;

/** Says how large the next chunk is to be, from how long the last one took. */
export class ChunkSize {
  #bytes = FIRST_BYTES;
  #min = 0;
  #max = Number.POSITIVE_INFINITY;
  /** What was found to be too large, whatever the server says of itself. */
  #ceiling = Number.POSITIVE_INFINITY;

  get bytes(): number {
    return Math.min(Math.max(this.#bytes, this.#min), this.#max, this.#ceiling);
  }

  /** The bounds of the server come before our own. */
  limit(min: number | undefined, max: number | undefined): void {
    this.#min = min ?? this.#min;
    this.#max = max ?? this.#max;
  }

  /** A whole chunk was acknowledged. One that was the rest of the body, and smaller, says less. */
  adapt(sizeBytes: number, elapsedMs: number): void {
    const wanted = (sizeBytes * TARGET_MS) / Math.max(1, elapsedMs);
    const grown = Math.min(wanted, this.#bytes * MAX_GROWTH);
    this.#bytes = Math.round(Math.min(Math.max(grown, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES));
  }

  /** The server finds a chunk too large. @returns false where there is no smaller one */
  shrink(): boolean {
    if (this.bytes <= Math.max(MIN_CHUNK_BYTES, this.#min)) return false;
    this.#bytes = Math.round(this.bytes / 4);
    this.#ceiling = Math.max(this.#bytes, MIN_CHUNK_BYTES);
    return true;
  }
}
