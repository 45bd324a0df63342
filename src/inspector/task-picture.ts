import type { AttemptMetrics } from "../protocol/metrics.ts";
import type { Question } from "../protocol/questions.ts";
import type { TaskInfo } from "../protocol/task-info.ts";
import type { TaskActivity } from "../protocol/task-state.ts";

/** A head of a message without its secrets. */
export interface HeadPicture {
  /** Without user, password and fragment; `?…` stands for the query, `(redacted)` for what is no URL. */
  readonly url: string;
  /** The method of a request; absent for a response. */
  readonly method?: string;
  /** The status of a response, 200 to 599; absent for a request. */
  readonly status?: number;
  /** By names in lower case. A value that may be secret is `(redacted)`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What `TaskInfo` says of a task, too. */
type SharedFacts = Pick<
  TaskInfo,
  | "key"
  | "id"
  | "session"
  | "kind"
  | "state"
  | "description"
  | "group"
  | "queue"
  | "priority"
  | "failure"
  | "createdAt"
  | "finishedAt"
  | "attempts"
  | "bytesReceived"
  | "bytesSent"
>;

/** What is stored of a task, and what it waits for. */
export interface TaskPicture extends SharedFacts {
  /** As the running worker says; if it is stopped, what follows from the stored facts. */
  readonly activity: TaskActivity;
  /** True if `activity` is from the running worker; false if it follows from the disk. */
  readonly isActivityLive: boolean;
  /** The request as it is stored, without its body. */
  readonly request: HeadPicture;
  /** The last answer that was stored; undefined if there is none. */
  readonly response: HeadPicture | undefined;
  /** Consecutive answers that were failures; progress resets it. */
  readonly failures: number;
  /** Why the last attempt failed, such as `HTTP 503`, as long as the task waits for the next one. */
  readonly lastFailure: string | undefined;
  /** The past attempts, if the task collects metrics. */
  readonly metrics: readonly AttemptMetrics[];
  /** The facts behind `activity`. */
  readonly waiting: WaitingPicture;
  /** The length of the response body; -1 if it is not known. */
  readonly bytesExpected: number;
  /** The length of the request body; -1 if it is not known, 0 if there is none. */
  readonly bytesToSend: number;
  /** How many parts of the response body are stored. */
  readonly parts: number;
  /** The request body is stored on its own, mostly because it has more than 64 KiB. */
  readonly hasStoredBody: boolean;
}

/** What a list needs of a task, to name it. */
export interface TaskName {
  /** As in `TaskPicture`. */
  readonly id: string;
  /** As in `TaskPicture`; undefined also if the task is not stored any more. */
  readonly description: string | undefined;
}

/** The task before another one, and what it does; `none` if it is suspended. */
export interface TaskAhead extends TaskName {
  /** As in `TaskPicture`. */
  readonly activity: TaskActivity;
}

/** A limit of connections. */
export interface LimitPicture {
  /** What it limits, to follow "5 of 6 connections …", and the option that sets it: `of the session (maximumConnections)`. */
  readonly name: string;
  /** How many are in use by other tasks, each counted as one. */
  readonly used: number;
  /** How many may be in use at once. */
  readonly limit: number;
}

/** The facts from which it follows why a task waits. */
export interface WaitingPicture {
  /** Its `earliestBeginDate`. */
  readonly notBefore: number | undefined;
  /** When the next attempt is due after a failed one. */
  readonly retryAt: number | undefined;
  /** When it fails because its time is over; absent while it is suspended. */
  readonly deadline: number | undefined;
  /** When it begins whatever the conditions, if it is discretionary. */
  readonly latestStart: number;
  /** How long the server has asked to wait (`Retry-After`), in milliseconds; 0 if it has not. */
  readonly retryAfterMs: number;
  /** The first task of its queue, if that is another one. */
  readonly behind: TaskAhead | undefined;
  /** The task that ended badly and holds its queue. */
  readonly heldBy: TaskName | undefined;
  /** The tasks that have to succeed before. */
  readonly dependsOn: readonly TaskName[];
  /** What the app is asked. */
  readonly question: Question | undefined;
  /** The status of the answer at which it waits. */
  readonly status: number | undefined;
  /** The limits of connections that concern it. */
  readonly limits: readonly LimitPicture[];
  /** The session's shortest time between two starts, in seconds; 0 if it has none. */
  readonly minimumStartInterval: number;
}
