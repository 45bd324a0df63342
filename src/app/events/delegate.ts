import type { TaskMetrics } from "../../protocol/metrics.ts";
import type { SessionError } from "../../protocol/session-error.ts";
import type { BackgroundSession } from "../background-session.ts";
import type { BackgroundTask, RequestInfo } from "../background-task.ts";
import type { TaskRequest } from "../requests/task-request.ts";
import type { EventInfo } from "./completion-handler.ts";

/** An answer of the server that the app has to do something about. */
export interface Challenge {
  /** The answer without its body. */
  readonly response: Response;
  /** How many attempts were challenged since the last progress, without this one. */
  readonly previousFailureCount: number;
}

/**
 * `"continue"` sends the request; `"wait"` asks again after a growing delay, or when a page calls `resume()`; `"cancel"`
 * ends the task with `cancelled`; `{ request }` sends another request from now on: a URL replaces the address alone, a
 * `Request` or an object with a `url` also the headers and the rest. The method and the body stay, and for `"tus"` and
 * `"ietf"` also the address.
 */
export type BeginAnswer = "continue" | "wait" | "cancel" | { request: TaskRequest };

/** The same; `"complete"` sends the request once more and completes the task with the answer, whatever its status. */
export type ChallengeAnswer = BeginAnswer | "complete";

/**
 * The app's object that receives a session's events. Only the owner receives the durable ones: in order, one at a time,
 * and again only if the acknowledgement did not reach the disk. Return a promise to say when you are done.
 * Every session object receives the others, at most ten times a second.
 */
export interface SessionDelegate {
  /**
   * Durable; not for a file that was placed at its `destination`. The file is deleted once this, `didComplete` and the
   * completion handler are done: keep what you need.
   */
  didFinishDownloading?(task: BackgroundTask, file: File, event: EventInfo): unknown;
  /**
   * Durable; comes before `didComplete`. What the task took: for tasks that a session with this method has made, since it
   * costs a little space on disk.
   */
  didFinishCollectingMetrics?(task: BackgroundTask, metrics: TaskMetrics, event: EventInfo): unknown;
  /**
   * Durable; comes exactly once for each task. `error` is undefined if the task succeeded, whatever the HTTP status. The
   * response body of an upload or a data task is in `(await task.completed).response`.
   */
  didComplete?(task: BackgroundTask, error: SessionError | undefined, event: EventInfo): unknown;

  /**
   * Durable. The server answered with one of the `challengeStatuses`, and the task waits for what this returns, over
   * reloads and launches. `"continue"`: you have renewed the credentials (a cookie, or what the daemon's `willSend` adds);
   * every task of the session that waits for the same status of the same origin goes on, and this is not called for them.
   * A `request` with another address or headers: this task goes on with it, from the bytes that it has.
   * After ten challenges without progress the answer completes the task.
   */
  didReceiveChallenge?(
    task: BackgroundTask,
    challenge: Challenge,
    event: EventInfo,
  ): Promise<ChallengeAnswer>;
  /**
   * Durable. A task with an `earliestBeginDate` is about to begin for the first time, and waits for what this returns. It
   * is called for tasks that a session with this method has made.
   */
  willBeginDelayedRequest?(
    task: BackgroundTask,
    request: RequestInfo,
    event: EventInfo,
  ): Promise<BeginAnswer>;

  /** Something about a task changed: its state, activity or counts, or another page made it. */
  didChangeTask?(task: BackgroundTask): unknown;
  /** A download received more bytes. */
  didWriteData?(task: BackgroundTask): unknown;
  /** The server has acknowledged more bytes of an upload. */
  didSendBodyData?(task: BackgroundTask): unknown;
  /** A download resumes at `offset` instead of starting over. */
  didResumeAtOffset?(task: BackgroundTask, offset: number): unknown;
  /** A task cannot be sent at present: the device is offline, or its network is not allowed. It waits. */
  isWaitingForConnectivity?(task: BackgroundTask): unknown;

  /** Every event that was waiting when the session was opened has been offered. */
  didFinishEvents?(session: BackgroundSession): unknown;
  /** The owner is gone, and this observer has become the owner. */
  didBecomeOwner?(session: BackgroundSession): unknown;
  /** The last message. `error` says why, unless `close()` was called. */
  didBecomeInvalid?(session: BackgroundSession, error: SessionError | undefined): unknown;
}
