import type { StoredConfiguration } from "../protocol/configuration.ts";
import type { LogLine } from "../protocol/inspection.ts";
import type { VersionRange } from "../protocol/versions.ts";
import type { TaskPicture } from "./task-picture.ts";

export type * from "./task-picture.ts";

/** Everything that is known of a scope, as plain data without secrets. All times are milliseconds since the epoch. */
export interface Picture {
  /** When the picture was taken, by the clock of the page. */
  readonly takenAt: number;
  /** The scope of the service worker, as a whole URL. */
  readonly scope: string;
  /** False: nothing has been stored for this scope. */
  readonly hasDatabase: boolean;
  /** What the page, the workers and the database speak, to find out whether they fit together. */
  readonly versions: VersionsPicture;
  /** The worker that runs the transfers. */
  readonly worker: WorkerPicture;
  /** `navigator.onLine` of the page: true if the browser does not know. */
  readonly isOnline: boolean;
  /** The sessions that are stored for the scope, open or not. */
  readonly sessions: readonly SessionPicture[];
  /** In order of creation, session by session; finished ones as long as they are stored. */
  readonly tasks: readonly TaskPicture[];
  /** The queues that have unfinished tasks, or a failed task that holds them. */
  readonly queues: readonly QueuePicture[];
  /** The events that the app has still to handle, the oldest first. */
  readonly outbox: readonly EventPicture[];
  /** The background launches that have begun and are not over: at most one for each session. */
  readonly launches: readonly LaunchPicture[];
  /** The locks, the registrations and the storage of the origin, as the browser tells them. */
  readonly surroundings: SurroundingsPicture;
  /** The last 500 lines since the worker started, the oldest first; empty if the worker is stopped. */
  readonly log: readonly LogLine[];
}

/** The versions of the library, of its protocol and of its database. */
export interface VersionsPicture {
  /** The version of the library in the page that takes the picture. */
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
  /** It answered within 300 ms. */
  readonly isRunning: boolean;
}

/** A service worker of the scope. */
export interface WorkerPicture {
  /** False: it is stopped, or another version that cannot be asked. What it does is then told from the disk. */
  readonly isAnswering: boolean;
  /** When its script started; undefined if it is not answering. */
  readonly startedAt: number | undefined;
}

/** What is stored of a session. */
export interface SessionPicture {
  /** The name under which the app opens it. */
  readonly identifier: string;
  /** Without the values of headers. Of `notifications` there is only whether it is set: `hasNotifications`. */
  readonly configuration: Omit<StoredConfiguration, "notifications"> & { readonly hasNotifications: boolean };
  /** Whether a page or a launch has the session; undefined if the browser does not tell. */
  readonly isOwned: boolean | undefined;
  /** The browser's id of the page that has it. */
  readonly owner: string | undefined;
  /** How many tasks are unfinished. */
  readonly countOfTasks: number;
  /** How many of its events are in the `outbox`. */
  readonly countOfEvents: number;
}

/** A queue of a session, and how far it is. */
export interface QueuePicture {
  /** The identifier of its session. */
  readonly session: string;
  /** What its tasks have as their `queue`: unique in its session. */
  readonly name: string;
  /** The id of the first task; undefined if the queue is empty. */
  readonly head: string | undefined;
  /** How many of its tasks are unfinished. */
  readonly length: number;
  /** The ids of the tasks that hold it. */
  readonly heldBy: readonly string[];
}

/** An event that is stored until the app has handled it. */
export interface EventPicture {
  /** A UUID, the same each time the event is delivered. */
  readonly eventId: string;
  /** The identifier of its session. */
  readonly session: string;
  /** The `key` of its task. */
  readonly taskKey: string;
  /** What is called: a method of the delegate, or `"completionHandler"`. */
  readonly type: string;
  /** How often the app's code threw. */
  readonly refusals: number;
  /** It is not delivered again by itself. */
  readonly isParked: boolean;
}

/** A background launch that is not over. */
export interface LaunchPicture {
  /** The identifier of the session for which the app is launched. */
  readonly session: string;
  /** When the app was first launched for it. */
  readonly begunAt: number;
  /** How often the app was launched for it: more than once if the worker was stopped before the launch was over. */
  readonly tries: number;
}

/** What the browser says; a part is undefined if it says nothing. */
export interface SurroundingsPicture {
  /** The locks of this scope. */
  readonly locks: readonly LockPicture[] | undefined;
  /** The service workers of the origin, of all scopes. */
  readonly registrations: readonly RegistrationPicture[] | undefined;
  /** How much the origin stores, as `navigator.storage.estimate()` says: an estimate. */
  readonly usedBytes: number | undefined;
  /** How much it may store. */
  readonly quotaBytes: number | undefined;
  /** Whether the browser may not delete it when the disk is full: `navigator.storage.persisted()`. */
  readonly isPersisted: boolean | undefined;
}

/** A Web Lock of the library, held or asked for. */
export interface LockPicture {
  /** As in `navigator.locks`: the name of the database, `#`, and what is locked. */
  readonly name: string;
  /** The browser's id of the page or worker that has it. */
  readonly clientId: string;
  /** False: it is asked for. */
  readonly isHeld: boolean;
}

/** A registration of a service worker. Its workers are told as the URL of the script, with the state in brackets. */
export interface RegistrationPicture {
  /** A whole URL. */
  readonly scope: string;
  /** The worker that is being installed; undefined if there is none. */
  readonly installing: string | undefined;
  /** The worker that takes over when the active one is done; undefined if there is none. */
  readonly waiting: string | undefined;
  /** The worker that controls pages; undefined if there is none. */
  readonly active: string | undefined;
  /** The tags of the sync events that are due; undefined in browsers without Background Sync. */
  readonly syncTags: readonly string[] | undefined;
}
