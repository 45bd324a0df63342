import type { ResumeData } from "../protocol/resume-data.ts";
import type { SessionError } from "../protocol/session-error.ts";
import type { ResponseHead, TaskKind, TransportInfo } from "../protocol/task-info.ts";
import type { TaskActivity, TaskState } from "../protocol/task-state.ts";
import type { ResumeResult } from "./tasks/task-model.ts";
import type { TaskResult } from "./tasks/task-result.ts";

/** The head of a request, frozen. */
export interface RequestInfo {
  /** Absolute, with its query. */
  readonly url: string;
  /** As in `Request.method`, e.g. `"GET"`. */
  readonly method: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How far a task is. A figure that is not known is undefined. */
export interface TaskProgress {
  /** How much is transferred, 0 to 1. */
  readonly fraction: number | undefined;
  /** The speed over the last three seconds or so; undefined if nothing is transferred, and in the first half second. */
  readonly bytesPerSecond: number | undefined;
  /** What is left to transfer at that speed; undefined if the length or the speed is not known. */
  readonly secondsLeft: number | undefined;
}

/** What a handle and a snapshot say alike of a task. */
export interface TaskFacts {
  /**
   * 1 to 1,024 characters: your own (`id` in the options) or a UUID. Unique in its session while the task or its events
   * are kept.
   */
  readonly id: string;
  /** The method that made it: `downloadTask`, `uploadTask` or `dataTask`. */
  readonly kind: TaskKind;
  /** Free text of the app's; undefined if it has none. */
  readonly description: string | undefined;
  /** The name of its group, from its options; undefined if it has none. */
  readonly group: string | undefined;
  /** The name of the queue in which it runs, from its options; undefined if it has none. */
  readonly queue: string | undefined;
  /** `suspended`, `running`, `canceling` or `completed`. */
  readonly state: TaskState;
  /** What a running task is doing or waiting for. */
  readonly activity: TaskActivity;
  /** The request as it was made, without its body. */
  readonly originalRequest: RequestInfo;
  /** The same with the URL of the last answer, after redirects. */
  readonly currentRequest: RequestInfo;
  /** Why the task failed; undefined if it has not. A status of 400 or more is no error. */
  readonly error: SessionError | undefined;
  /** 0 to 1; tasks with a higher priority start first. */
  readonly priority: number;
  /** It does not begin before, from its options; undefined if it may begin at once. */
  readonly earliestBeginDate: Date | undefined;
  /** When it was made. */
  readonly createdAt: Date;
  /** When it ended; undefined until then, and if its bytes have expired. */
  readonly finishedAt: Date | undefined;
  /** Bytes of the response body received so far. */
  readonly countOfBytesReceived: number;
  /** The length of the response body; −1 while it is not known. */
  readonly countOfBytesExpectedToReceive: number;
  /** Bytes of an upload's body that the server has acknowledged. */
  readonly countOfBytesSent: number;
  /** The length of the request body; −1 while it is not known, 0 if there is none. */
  readonly countOfBytesExpectedToSend: number;
  /** Bytes that the app expects, from the options of the task; undefined if it said nothing. */
  readonly countOfBytesClientExpectsToSend: number | undefined;
  /** As `countOfBytesClientExpectsToSend`. */
  readonly countOfBytesClientExpectsToReceive: number | undefined;
  /** For an upload: what the server has acknowledged; if it goes in one request, that is nothing or everything. */
  readonly progress: TaskProgress;
  /**
   * How the bytes are moved, `"worker"` or `"background-fetch"`, and why (docs/transports.md lists the reasons).
   * Undefined until the daemon has seen the task, and after it has finished.
   */
  readonly transport: TransportInfo | undefined;
  /**
   * When a task that waits tries again, if the daemon knows: after a failure, or at its `earliestBeginDate`. A change of the
   * network or a page that becomes visible may make it earlier.
   */
  readonly nextAttemptDate: Date | undefined;
  /** How often the request was started. */
  readonly attempts: number;
}

/**
 * What a task is like at one moment, for lists and views: frozen, and the same object until something about the task
 * changes.
 */
export interface TaskSnapshot extends TaskFacts {
  /** Tells the task from all others, e.g. in a list: the `id` of a task that was replaced or is over may be used again. */
  readonly uid: string;
  /** The handle, to control the task. */
  readonly task: BackgroundTask;
  /** The head of the response, as plain data. `ok`: the status is 200 to 299. */
  readonly response: (ResponseHead & { readonly ok: boolean }) | undefined;
}

/**
 * The handle of a task: what this page or worker knows of the task, and the way to control it. The task itself is on
 * disk and with the daemon; if you drop the handle, the task goes on. Sessions make handles. Once the session is over,
 * each method rejects with `session-invalidated`.
 *
 * @example
 * const task = session.downloadTask("/episodes/42.mp3", { description: "Episode 42" });
 * await task.resume();          // on disk from here on, whatever becomes of the page
 * const { file, error } = await task.completed;
 */
export interface BackgroundTask extends TaskFacts {
  /** What is known of the task now, in one frozen object. */
  readonly info: TaskSnapshot;
  /** Free text of the app's; it may be changed at any time. @throws TypeError if it is set to anything else */
  description: string | undefined;
  /** 0 to 1; tasks with a higher priority start first. @throws TypeError if it is set to anything else */
  priority: number;
  /** The head of the response, without its body; undefined until there is one. */
  readonly response: Response | undefined;
  /** The result; never rejects. Read it before the task ends if you want the file from it. */
  readonly completed: Promise<TaskResult>;

  /**
   * Starts the task, or undoes one `suspend()`. A task that needs authorization tries again. Fulfils once this is on
   * disk; you need not wait for it.
   * @throws SessionError `storage-full` and the like, as a rejection, if the task could not be stored
   */
  resume(): Promise<ResumeResult>;
  /**
   * Pauses the task: it sends nothing, and its timers stop. Nests with `resume()`. Fulfils once this is on disk; a task that
   * was never resumed is stored by then, too.
   * @throws SessionError `storage-full` and the like, as a rejection, if the task could not be stored
   */
  suspend(): Promise<void>;
  /**
   * Ends the task with `cancelled`, whatever its state. A task that has finished stays finished.
   * @param reason is in the message of the error; what is beyond 1,024 characters is cut off
   * @throws TypeError, as a rejection, if the reason is not a string
   */
  cancel(reason?: string): Promise<void>;
  /**
   * Cancels the task, and fulfils with a token from which `downloadTask({ resumeData })` or `uploadTask({ resumeData })`
   * continues, or with undefined. An upload can always be continued, a download if bytes of it are on disk and the
   * server gave them a validator. The bytes are kept for the session's retention time. A token can be used once.
   * @param reason as for `cancel`
   */
  cancelByProducingResumeData(reason?: string): Promise<ResumeData | undefined>;
}
