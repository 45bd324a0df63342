import type { Destinations, IntegrityCheck } from "./finishing-parts.ts";
import type { ParallelRanges } from "./parallel-ranges.ts";
import type { UploadProtocol } from "./upload-protocol.ts";

/** What a daemon has only if its script imports it. */
export interface DaemonParts {
  readonly uploadProtocols: readonly UploadProtocol[];
  readonly integrity?: IntegrityCheck | undefined;
  readonly destinations?: Destinations | undefined;
  readonly parallelRanges?: ParallelRanges | undefined;
}
