import type { Transport } from "./transport.ts";

/** Fetches several ranges of a file at once, for `startDaemon({ parallelRanges })`. */
export interface ParallelRanges {
  /** @internal Moves the bytes of whatever is sent in one request, and of downloads in several ranges. */
  readonly transport: Transport;
}
