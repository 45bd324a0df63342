import type { Transport } from "./transport.ts";

/** Fetches a file in several ranges, at once or at a limited rate, for `startDaemon({ parallelRanges })`. */
export interface ParallelRanges {
  /** @internal Moves the bytes of whatever is sent in one request, and of downloads in several ranges. */
  readonly transport: Transport;
}
