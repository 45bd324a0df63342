import type { StoredConfiguration } from "../protocol/configuration.ts";
import type { LogLine } from "../protocol/inspection.ts";
import type { AttemptMetrics } from "../protocol/metrics.ts";
import type { Question } from "../protocol/questions.ts";
import type { TaskInfo } from "../protocol/task-info.ts";
import type { TaskActivity } from "../protocol/task-state.ts";
import type { VersionRange } from "../protocol/versions.ts";

/** Everything that is known of a scope, as plain data without secrets. All times are milliseconds since the epoch. */
export interface Picture {
  readonly takenAt: number;
  readonly scope: string;
  /** False: nothing has been stored for this scope. */
  readonly hasDatabase: boolean;
  readonly versions: VersionsPicture;
  readonly worker: WorkerPicture;
  readonly isOnline: boolean;
  readonly sessions: readonly SessionPicture[];
  /** In order of creation, session by session; finished ones as long as they are stored. */
  readonly tasks: readonly TaskPicture[];
  readonly queues: readonly QueuePicture[];
  readonly outbox: readonly EventPicture[];
  readonly launches: readonly LaunchPicture[];
  readonly surroundings: SurroundingsPicture;
  /** The last 500 lines since the worker started, the oldest first; empty if the worker is stopped. */
  readonly log: readonly LogLine[];
}

/** The versions of the library, of its protocol and of its database. */
export interface VersionsPicture {
  readonly library: string;
  /** The versions of the protocol between page and worker. */
  readonly protocol: VersionRange;
  /** The schema that this library knows. */
  readonly schema: number;
  /** The schema of the stored database; undefined if there is none. */
  readonly storedSchema: number | undefined;
  /** Those of the workers of the scope. The worker that a page runs if there are no service workers counts as active. */
  readonly workers: readonly WorkerVersionPicture[];
}

/** The version of a worker. No worker is started to be asked. */
export interface WorkerVersionPicture {
  /** `waiting`: it takes over when the active one is done. */
  readonly worker: "active" | "waiting";
  /**
   * The version of the library. If the active worker is stopped, what it said to the pages that opened sessions: different
   * versions are joined by `or`. `unknown` if that was never stored, for a waiting worker that is stopped, and for versions
   * that do not tell.
   */
  readonly library: string;
  /** Undefined if it did not answer. */
  readonly protocol: VersionRange | undefined;
  readonly isRunning: boolean;
}

/** A service worker of the scope. */
export interface WorkerPicture {
  /** False: it is stopped, or another version that cannot be asked. What it does is then told from the disk. */
  readonly isAnswering: boolean;
  readonly startedAt: number | undefined;
}

/** What is stored of a session. */
export interface SessionPicture {
  readonly identifier: string;
  /** Header values are left out; notifications only say that they are there. */
  readonly configuration: Omit<StoredConfiguration, "notifications"> & { readonly hasNotifications: boolean };
  /** Whether a page or a launch has the session; undefined if the browser does not tell. */
  readonly isOwned: boolean | undefined;
  /** The browser's id of the page that has it. */
  readonly owner: string | undefined;
  readonly countOfTasks: number;
  readonly countOfEvents: number;
}

/** A head of a message without its secrets. */
export interface HeadPicture {
  readonly url: string;
  readonly method?: string;
  readonly status?: number;
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
  readonly isActivityLive: boolean;
  readonly request: HeadPicture;
  readonly response: HeadPicture | undefined;
  /** Consecutive answers that were failures. */
  readonly failures: number;
  /** Why the last attempt failed, such as `HTTP 503`, as long as the task waits for the next one. */
  readonly lastFailure: string | undefined;
  /** The past attempts, if the task collects metrics. */
  readonly metrics: readonly AttemptMetrics[];
  readonly waiting: WaitingPicture;
  /** -1 if it is not known. */
  readonly bytesExpected: number;
  /** -1 if it is not known. */
  readonly bytesToSend: number;
  /** How many parts of its body are stored. */
  readonly parts: number;
  /** Its body is stored on its own, because it is large. */
  readonly hasStoredBody: boolean;
}

/** What a list needs of a task, to name it. */
export interface TaskName {
  readonly id: string;
  readonly description: string | undefined;
}

/** The task before another one, and what it does; `none` if it is suspended. */
export interface TaskAhead extends TaskName {
  readonly activity: TaskActivity;
}

/** A limit of connections. */
export interface LimitPicture {
  /** What it limits, to follow "5 of 6 connections …", and the option that sets it: `of the session (maximumConnections)`. */
  readonly name: string;
  /** How many are in use by other tasks, each counted as one. */
  readonly used: number;
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

/** A queue of a session, and how far it is. */
export interface QueuePicture {
  readonly session: string;
  readonly name: string;
  /** The id of the first task; undefined if the queue is empty. */
  readonly head: string | undefined;
  readonly length: number;
  /** The ids of the tasks that hold it. */
  readonly heldBy: readonly string[];
}

/** An event that is stored until the app has handled it. */
export interface EventPicture {
  readonly eventId: string;
  readonly session: string;
  readonly taskKey: string;
  readonly type: string;
  /** How often the app's code threw. */
  readonly refusals: number;
  /** It is not delivered again by itself. */
  readonly isParked: boolean;
}

/** A background launch that is not over. */
export interface LaunchPicture {
  readonly session: string;
  readonly begunAt: number;
  readonly tries: number;
}

/** What the browser says; a part is undefined if it says nothing. */
export interface SurroundingsPicture {
  /** The locks of this scope. */
  readonly locks: readonly LockPicture[] | undefined;
  readonly registrations: readonly RegistrationPicture[] | undefined;
  readonly usedBytes: number | undefined;
  readonly quotaBytes: number | undefined;
  readonly isPersisted: boolean | undefined;
}

/** A Web Lock of the library, held or asked for. */
export interface LockPicture {
  readonly name: string;
  readonly clientId: string;
  readonly isHeld: boolean;
}

/** A registration of a service worker. */
export interface RegistrationPicture {
  readonly scope: string;
  readonly installing: string | undefined;
  readonly waiting: string | undefined;
  readonly active: string | undefined;
  readonly syncTags: readonly string[] | undefined;
}
