import type { SessionError } from "../../protocol/session-error.ts";
import type { BackgroundSession } from "../background-session.ts";
import type { BackgroundTask } from "../background-task.ts";
import type { TaskResult } from "../tasks/task-result.ts";

/** Which event it is: the same `eventId` each time it is delivered, so that an app can tell a repetition. */
export interface EventInfo {
  readonly eventId: string;
  /** 1, and one more for each time a delegate threw. */
  readonly delivery: number;
}

/**
 * The app's object that receives what happens. The durable messages come to the owner alone, in order, one at a
 * time, and again only if their acknowledgement did not get to disk; return a promise to say when you are done.
 * The others are news of the moment and come to every session object, at most ten times a second.
 */
export interface SessionDelegate {
  /** Durable. The file is there until this, `didComplete` and the completion handler are done: keep what you want. */
  didFinishDownloading?(task: BackgroundTask, file: File, event: EventInfo): unknown;
  /**
   * Durable; exactly one for each task. `error` is undefined when it succeeded, whatever the HTTP status. The answer's
   * body, of an upload or a data task, is in `(await task.completed).response`.
   */
  didComplete?(task: BackgroundTask, error: SessionError | undefined, event: EventInfo): unknown;

  /** Anything about a task changed: it was made elsewhere, its state, activity or counts are others. */
  didChangeTask?(task: BackgroundTask): unknown;
  /** More bytes of a download came. */
  didWriteData?(task: BackgroundTask): unknown;
  /** The server has acknowledged more bytes of an upload. */
  didSendBodyData?(task: BackgroundTask): unknown;
  /** A download goes on from `offset` instead of beginning again. */
  didResumeAtOffset?(task: BackgroundTask, offset: number): unknown;
  isWaitingForConnectivity?(task: BackgroundTask): unknown;

  /** Each event that lay waiting when the session was opened has been offered. */
  didFinishEvents?(session: BackgroundSession): unknown;
  /** An observer became the owner, since the owner is gone. */
  didBecomeOwner?(session: BackgroundSession): unknown;
  /** The last message of all. `error` says why, if it was not `close()`. */
  didBecomeInvalid?(session: BackgroundSession, error: SessionError | undefined): unknown;
}

/**
 * Called with the result of a task that names it, and the context that was stored with the task. Removed from the
 * disk only after its promise fulfilled.
 */
// biome-ignore lint/suspicious/noExplicitAny: the app knows what it stored, and says so in its handler or not at all.
export type CompletionHandler<Context = any> = (
  result: TaskResult,
  context: Context,
  event: EventInfo,
) => unknown;
