import type { ParallelRanges } from "../ports/parallel-ranges.ts";
import { parallelTransport } from "./parallel-transport.ts";

export type { ParallelRanges } from "../ports/parallel-ranges.ts";

/**
 * Fetches downloads in several ranges if the server supports ranges: at once for the option `connections` of a download, one
 * after the other for `maximumDownloadRate` of a session.
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * import { parallelRanges } from "background-session/parallel";
 * startDaemon({ parallelRanges });
 */
export const parallelRanges: ParallelRanges = { transport: parallelTransport() };
