import type { TransportWay } from "./background-fetch.ts";
import { isRecord } from "./checks.ts";

/** The transport that an app wants: one of the two, or the better one for each task (`"auto"`). */
export type TransportWish = "auto" | TransportWay;

/** How the daemon repeats attempts that failed. */
export interface RetryConfiguration {
  /**
   * Consecutive *answered* failures, from 0, before the task completes with the last answer. Being offline, getting no answer and
   * stops of the worker do not count; progress resets the count.
   * @default 10
   */
  limit?: number;
  /**
   * Whether a request with a non-idempotent method (`POST`, `PATCH`) may be sent again if its result is unknown.
   * @default true
   */
  unsafe?: boolean;
}

/**
 * The notification that the user gets when a task has ended while no page of the app is visible. It is shown only if the
 * user has given permission; the app has to ask for that (`Notification.requestPermission()`).
 * `{description}` in a text is replaced by the description of the task, or by its `id` if it has none.
 */
export interface NotificationConfiguration {
  /** The title when the task has succeeded, not empty: `"{description} is ready"`. */
  title: string;
  /** The title when the task failed, or was answered with a status of 400 or more. @default no notification then */
  failureTitle?: string;
  /** The text below the title. @default none */
  body?: string;
  /** The URL of a picture. URLs are relative to the scope of the worker. */
  icon?: string;
  /** A later notification with the same tag replaces the earlier one. @default a tag for each task */
  tag?: string;
  /** What a click opens if no page of the app is open; otherwise it focuses that page. @default the scope */
  url?: string;
}

/** What follows in a queue when a task of it has ended badly: with an error, or a status that does not count as success. */
export type OnFailure = "continue" | "hold" | "cancel";

/** A queue of a session. */
export interface QueueConfiguration {
  /**
   * What follows when a task has ended badly: an error, or a status of 400 or more that is not in its `acceptStatuses`.
   * `"continue"`: the next task. `"hold"`: nothing until `session.queue(name).resume()`, or until the task is repeated
   * with `session.retry(task)`, which takes its place. `"cancel"`: the rest of the queue ends with `dependency-failed`.
   * A task that was cancelled or replaced does not count. Each task keeps what is set when it is made.
   * @default "continue"
   */
  onFailure?: OnFailure;
}

/**
 * The notification that shows how far a group is while no page of the app is visible. It is shown once a task of the group
 * has ended and others have not, replaces itself silently, and disappears when a page is visible. It needs the user's
 * permission. In its texts, `{done}`, `{total}` and `{group}` are replaced: the tasks that have ended, those and the
 * unfinished ones, and the name of the group.
 */
export interface GroupNotification {
  /** The title until all have ended, not empty: `"{done} of {total} episodes"`. */
  title: string;
  /** The title when all have ended; it stays until the user dismisses it. @default it is removed then */
  doneTitle?: string;
  /** The label of a button that cancels the unfinished tasks, in browsers that have buttons. @default no button */
  cancelTitle?: string;
  /** The text below the title. @default none */
  body?: string;
  /** The URL of a picture. URLs are relative to the scope of the worker. */
  icon?: string;
  /** What a click opens if no page of the app is open; otherwise it focuses that page. @default the scope */
  url?: string;
}

/** A group of a session. */
export interface GroupConfiguration {
  /** Simultaneous connections of the group, to all hosts together; greater than 0. @default no limit */
  maximumConnections?: number;
  /** The notification that shows how far the group is while no page is visible. @default none */
  notification?: GroupNotification;
}

/**
 * The configuration of a session. It is copied when the session is opened, and stored with it. Numbers are greater than 0,
 * or 0 if that is the default; statuses are from 200 to 599. `open` throws a `TypeError` for anything else.
 */
export interface SessionConfiguration {
  /** Longest time without data, in seconds, before the request is retried. @default 60 */
  timeoutIntervalForRequest?: number;
  /**
   * Time for a whole task, including retries and waiting, in seconds. It runs from `resume()`, or from
   * `earliestBeginDate` if that is later, and stops while the task is suspended. @default 604800 (7 days)
   */
  timeoutIntervalForResource?: number;
  /**
   * Simultaneous connections of this session to each host; each parallel part of an upload and each parallel range of a
   * download counts as one. Two limits apply to all sessions together: 4 downloads and uploads per HTTP/1.1 host while
   * a page is visible; and 16 downloads and uploads, 64 requests in total. The first connection of each session is exempt.
   * @default 6
   */
  httpMaximumConnectionsPerHost?: number;
  /**
   * The same for a host that was seen to speak HTTP/2 or HTTP/3, and only for data tasks and for uploads of up to 256 KiB
   * in one request. It begins with 6, grows while the server keeps up, and is halved if it answers 429 or 503 or becomes
   * slower. Browsers tell the protocol of your own origin, and of others that send `Timing-Allow-Origin`.
   * @default 0: 32, or `httpMaximumConnectionsPerHost` if that is not 6
   */
  httpMaximumConnectionsPerMultiplexedHost?: number;
  /** Simultaneous connections of this session to all hosts together. @default 64 */
  maximumConnections?: number;
  /**
   * Shortest time between the starts of two requests of this session, in seconds; a retry is a start, the next chunk of a
   * resumable upload is none. @default 0
   */
  minimumStartInterval?: number;
  /**
   * Shortest time between two messages about the progress of this session's tasks (`didWriteData`, `didSendBodyData`,
   * `progress`), in seconds from 0.1 to 60. Other changes and the ends of tasks do not wait. @default 0.1
   */
  minimumProgressInterval?: number;
  /**
   * How many bytes per second the downloads of this session receive together: an integer from 16,384 upwards, or 0 for no
   * limit. It holds for what the worker transfers, not for Background Fetch. A server that supports ranges is asked for as
   * much as the rate allows. From any other, only Chromium receives no faster. A new limit also holds for running downloads
   * that can be resumed. Your own worker needs `startDaemon({ parallelRanges })`. @default 0
   */
  maximumDownloadRate?: number;
  /** The queues that do not simply continue after a failure, by names of 1 to 1,024 characters. @default {} */
  queues?: Readonly<Record<string, QueueConfiguration>>;
  /** The groups that have a limit or a notification of their own, by names of 1 to 1,024 characters. @default {} */
  groups?: Readonly<Record<string, GroupConfiguration>>;
  /** Headers added to each request that does not have them; none that only the browser may set. @default {} */
  httpAdditionalHeaders?: Record<string, string>;
  /** False: waits while the browser reports a cellular network, but not while it is unknown. @default true */
  allowsExpensiveNetworkAccess?: boolean;
  /** False: waits while the browser reports that the user wants to save data. @default true */
  allowsConstrainedNetworkAccess?: boolean;
  /**
   * True: begins when nothing else is transferred, the device has mains power, and the browser reports neither a cellular
   * network nor that the user wants to save data, but after a day or half of `timeoutIntervalForResource` at the latest;
   * and fetches with low priority. Only Chromium tells of the power, while a page is open. @default false
   */
  isDiscretionary?: boolean;
  /** False: no background launch for this session. @default true */
  sessionSendsLaunchEvents?: boolean;
  /** How failed attempts are repeated; what is left out has its default. @default { limit: 10, unsafe: true } */
  retry?: RetryConfiguration;
  /**
   * How downloads and uploads transfer their bytes: `"auto"` chooses, `"worker"` and `"background-fetch"` are mandatory.
   * A task that cannot use the mandatory transport fails with `transport-unavailable`. The worker always transfers data
   * tasks and resumable uploads. @default "auto"
   */
  transport?: TransportWish;
  /**
   * Statuses, e.g. 401 and 403, at which a task waits with the activity `needs-authorization` instead of completing:
   * until the daemon's `willSend` hook lets it continue or a page calls `resume()`. @default []
   */
  waitStatuses?: readonly number[];
  /**
   * Statuses, e.g. 401, or 403 for a signed address that has expired, about which the delegate's `didReceiveChallenge` is
   * asked instead of completing the task. They come before `waitStatuses`. @default []
   */
  challengeStatuses?: readonly number[];
  /** Notifies the user when a task of the session has ended, unless the task overrides it. @default none */
  notifications?: NotificationConfiguration;
  /**
   * How long bytes that were not collected are kept, and finished tasks in the history, in seconds.
   * @default 604800 (7 days)
   */
  retention?: number;
  /**
   * True: `session.history()` lists the finished tasks that are made from now on. Each costs a row on disk for the
   * retention time, with its URL and its headers. @default false
   */
  keepsHistory?: boolean;
  /** Names of other headers, in upper or lower case, that, like `Authorization`, are never stored. @default [] */
  secretHeaders?: readonly string[];
  /** True: credential headers may be stored in IndexedDB. @default false */
  storeCredentials?: boolean;
}

/** A configuration with all defaults, as it is stored with the session. */
export interface StoredConfiguration
  extends Readonly<
    Required<Omit<SessionConfiguration, "httpAdditionalHeaders" | "retry" | "notifications">>
  > {
  /** Headers added to each request that does not have them, by name. */
  readonly httpAdditionalHeaders: Readonly<Record<string, string>>;
  /** How failed attempts are repeated. */
  readonly retry: Readonly<Required<RetryConfiguration>>;
  /** The notification when a task has ended; undefined if there is none. */
  readonly notifications: Readonly<NotificationConfiguration> | undefined;
}

/** The properties that a task can have of its own. */
export type TaskSettings = Partial<
  Pick<
    StoredConfiguration,
    | "timeoutIntervalForRequest"
    | "allowsExpensiveNetworkAccess"
    | "allowsConstrainedNetworkAccess"
    | "challengeStatuses"
    | "isDiscretionary"
  >
>;

export const DEFAULT_CONFIGURATION: StoredConfiguration = {
  timeoutIntervalForRequest: 60,
  timeoutIntervalForResource: 604_800,
  httpMaximumConnectionsPerHost: 6,
  httpMaximumConnectionsPerMultiplexedHost: 0,
  maximumConnections: 64,
  minimumStartInterval: 0,
  minimumProgressInterval: 0.1,
  maximumDownloadRate: 0,
  queues: {},
  groups: {},
  httpAdditionalHeaders: {},
  allowsExpensiveNetworkAccess: true,
  allowsConstrainedNetworkAccess: true,
  isDiscretionary: false,
  sessionSendsLaunchEvents: true,
  retry: { limit: 10, unsafe: true },
  transport: "auto",
  waitStatuses: [],
  challengeStatuses: [],
  notifications: undefined,
  retention: 604_800,
  keepsHistory: false,
  secretHeaders: [],
  storeCredentials: false,
};

/** Returns a stored configuration with the default for each property that is missing or of another type. */
export function completeConfiguration(kept: unknown): StoredConfiguration {
  const { notifications } = Object(kept);
  const standard = DEFAULT_CONFIGURATION as unknown as Record<string, unknown>;
  const complete = completed(standard, kept);
  // Every number must be positive, except `retry.limit` and those that are 0 by default.
  for (const [name, value] of Object.entries(complete)) {
    if (typeof value === "number" && !(value > 0)) complete[name] = standard[name];
  }
  return { ...complete, notifications: isRecord(notifications) ? notifications : undefined } as never;
}

function completed<Value>(standard: Value, kept: unknown): Value {
  if (isRecord(standard) && isRecord(kept)) {
    // A default without fields stands for any names and values.
    const names = Object.keys(standard);
    if (names.length === 0) return kept as Value;
    return Object.fromEntries(names.map((name) => [name, completed(standard[name], kept[name])])) as Value;
  }
  const isAlike = typeof kept === typeof standard && Array.isArray(kept) === Array.isArray(standard);
  return isAlike && kept !== null && !Number.isNaN(kept) ? (kept as Value) : standard;
}
