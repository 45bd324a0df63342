import type { ParallelRanges } from "../ports/parallel-ranges.ts";
import { parallelTransport } from "./parallel-transport.ts";

export type { ParallelRanges } from "../ports/parallel-ranges.ts";

/**
 * Fetches downloads in several ranges at once if the server supports ranges: for the option `connections` of a download.
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * import { parallelRanges } from "background-session/parallel";
 * startDaemon({ parallelRanges });
 */
export const parallelRanges: ParallelRanges = { transport: parallelTransport() };
