import type { TransportWay } from "./background-fetch.ts";

/** What one attempt of a task took. Times are milliseconds since the epoch. */
export interface AttemptMetrics {
  /** When the attempt began; its first request may have been sent a little later. */
  readonly startedAt: number;
  /** When the head of the last answer came; absent if none came, or if the browser itself fetched. */
  readonly respondedAt?: number;
  /** When the attempt was over: with an answer, a failure, or a pause. */
  readonly endedAt: number;
  /** What transferred the bytes. */
  readonly way: TransportWay;
  /** How many requests were sent: several for a resumable upload, none by this library if the browser itself fetched. */
  readonly requests: number;
  /** Bytes of the body that this attempt received. */
  readonly bytesReceived: number;
  /** Bytes that the server acknowledged in this attempt. */
  readonly bytesSent: number;
  /** The status of the last answer; absent if none came. */
  readonly status?: number;
  /** The last answer came from the target of a redirect. */
  readonly isRedirected?: boolean;
  /**
   * As in `PerformanceResourceTiming.nextHopProtocol`, e.g. `"h2"`. Absent if the browser does not tell: for another
   * origin without `Timing-Allow-Origin`, and after a failure.
   */
  readonly protocol?: string;
  /** The request was sent on a connection that was open. Absent like `protocol`, and in Firefox and WebKit. */
  readonly isReused?: boolean;
}

/** What a task took. Times are milliseconds since the epoch. An attempt that a kill of the worker cut off is missing. */
export interface TaskMetrics {
  /** When the task was made; it may have been resumed later. */
  readonly createdAt: number;
  /** When the task ended. */
  readonly finishedAt: number;
  /** The last 100, in their order. */
  readonly attempts: readonly AttemptMetrics[];
}
