import type { NotificationConfiguration, RetryConfiguration } from "../../protocol/configuration.ts";
import type { Destination } from "../../protocol/destination.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { OnDuplicate } from "../../store/insert.ts";

/** The options of a new task. They are copied in the call and stored with the task. */
export interface TaskOptions {
  /**
   * Your own name for the task: 1 to 1,024 characters, unique in its session while the task or its events are kept.
   * @default a fresh UUID
   */
  id?: string;
  /**
   * If `id` is taken: `"keep"` makes the new handle mirror the stored task, `"replace"` first ends the stored task with
   * `cancelled`.
   * @default "keep"
   */
  onDuplicate?: OnDuplicate;
  /** Any text; `task.description` has it in every later launch. @default none */
  description?: string;
  /** 0 to 1; the higher goes first, but not within a queue. @default 0.5 */
  priority?: number;
  /**
   * The queue in which it runs, by a name of 1 to 1,024 characters. The tasks of one queue of a session run one at a time,
   * in the order in which they were made: in all tabs, and over reloads, retries and kills. A task that waits, for the
   * network, its date, a retry or your `resume()`, holds its queue and no other. What follows a failure is configured
   * for the queue (`queues` in the configuration). @default none
   */
  queue?: string;
  /**
   * The ids of up to 1,000 tasks of the session that have to succeed before this one begins. If one of them ends badly,
   * is cancelled, or is not known to the session (any more), this task ends with `dependency-failed`, which names it.
   * A task that replaces one of them takes its place. @default []
   */
  after?: readonly string[];
  /** The name of a group, 1 to 1,024 characters: `session.group(name)` controls its tasks together. @default none */
  group?: string;
  /**
   * Statuses from 400 upwards that count as success for the queue of the task and for those that come after it, e.g. 404
   * for a `DELETE`. @default []
   */
  acceptStatuses?: readonly number[];
  /**
   * The earliest time at which the task may begin (a `Date` or milliseconds since the epoch); it may begin later.
   * `timeoutIntervalForResource` runs only from then on.
   */
  earliestBeginDate?: Date | number;
  /**
   * The completion handler to call when the task has ended: its name in `completionHandlers`, of 1 to 1,024 characters
   * (`handler`), and what it is called with (`context`). Both are stored for later launches: the context may consist of
   * plain objects, arrays, Map, Set, Date, Error, buffers, Blob, File, CryptoKey and the like, at most 500 levels deep.
   * @default none
   */
  completion?: { handler: string; context?: unknown };
  /**
   * How failed attempts are repeated; what is left out has the default of `RetryConfiguration`. @default the
   * configuration of the session
   */
  retry?: RetryConfiguration;
  /** Longest time without data, in seconds, greater than 0. @default the configuration of the session */
  timeoutIntervalForRequest?: number;
  /**
   * Time for the whole task, with retries and waiting, in seconds, greater than 0. @default the configuration of the
   * session
   */
  timeoutIntervalForResource?: number;
  /** False: waits while the browser reports a cellular network. @default the configuration of the session */
  allowsExpensiveNetworkAccess?: boolean;
  /**
   * False: waits while the browser reports that the user wants to save data. @default the configuration of the session
   */
  allowsConstrainedNetworkAccess?: boolean;
  /** How many bytes the app expects to send: `progress` uses it as long as the length is unknown. Whole, from 0 upwards. */
  countOfBytesClientExpectsToSend?: number;
  /** As `countOfBytesClientExpectsToSend`. A download whose length is unknown is not started if there is not as much space. */
  countOfBytesClientExpectsToReceive?: number;
  /** True: waits for a good moment, as `SessionConfiguration` says. @default the configuration of the session */
  isDiscretionary?: boolean;
  /**
   * Statuses from 200 to 599, e.g. 401 and 403, at which it waits instead of completing. @default those of the session
   */
  waitStatuses?: readonly number[];
  /**
   * Statuses from 200 to 599 about which the delegate's `didReceiveChallenge` is asked. @default those of the session
   */
  challengeStatuses?: readonly number[];
  /** The notification when the task has ended while no page is visible; false: none. @default that of the session */
  notification?: NotificationConfiguration | false;
  /** Cancels the task when it is aborted, with the message of its reason. Not stored: it works only as long as the page lives. */
  signal?: AbortSignal;
  /** True: credential headers may be stored with this task. @default the configuration of the session */
  storeCredentials?: boolean;
  /**
   * The `Idempotency-Key` that is sent with every attempt: your own string in printable ASCII, or true for a new UUID.
   * @default true for POST and PATCH to the page's own origin, else false
   */
  idempotencyKey?: boolean | string;
}

/** The options of a new download. */
export interface DownloadOptions extends TaskOptions {
  /**
   * The place of the finished file: an entry of a Cache, or a file in the origin private file system. The daemon puts it
   * there as a whole, after the check of the request's `integrity` if there is one. It does not place an answer that is
   * not 2xx. Your own worker must have `startDaemon({ destinations })`. @default none: `didFinishDownloading` gets it
   */
  destination?: Destination;
  /**
   * How many ranges of the file are fetched at once, 1 to 6, but not more than are free at the start. The file is split
   * only if at least 16 MiB are left and the server has proved that it supports ranges: `Accept-Ranges: bytes` or a 206,
   * a length, and a validator. Otherwise one connection is used. `httpMaximumConnectionsPerHost` counts each connection.
   * Your own worker needs `startDaemon({ parallelRanges })`. @default 1
   */
  connections?: number;
  /**
   * Other URLs of the same file, up to 16, for a download with GET. If a server answers with a status of 400 or more, with
   * what cannot be used, or with a file that does not match the request's `integrity`, the next one is asked at once, with
   * the headers of the task; if it does not answer or breaks off, too, but after three attempts if it has given bytes that
   * it may continue. The next one continues the file if it proves that its version is the same; otherwise the download
   * starts over. If all have failed since the last progress, the task waits and retries, or ends with the last answer, as
   * without mirrors. `originalRequest` stays as it is. Set `integrity` if you do not trust each of them. @default []
   */
  mirrors?: readonly string[];
}

/** The options of a new upload. */
export interface UploadOptions extends TaskOptions {
  /**
   * How the body is sent. `"tus"`: the URL is the creation endpoint of a tus 1.0 server. `"ietf"`: resumable uploads for
   * HTTP, draft -12, interop version 8; the URL is that of the resource itself. Both resume after an interruption; your
   * own worker must list them in `startDaemon({ uploadProtocols })`. Any other name is that of a protocol which your
   * worker lists there.
   * @default one request, which is sent again as a whole after an interruption
   */
  protocol?: UploadProtocolName;
  /**
   * The `Upload-Metadata` for a tus server, and what S3's `sign` and your own protocol find in `metadata`: names of
   * printable ASCII characters without spaces and commas; any strings as values.
   * @default `filename` and `filetype` if the body is a `File`
   */
  metadata?: Readonly<Record<string, string>>;
  /**
   * How many parts of at least 1 MiB are sent at once if a tus server can concatenate them: 1 to 6, but not more than are
   * free at the start. `httpMaximumConnectionsPerHost` counts each, and one stays free for the next task. @default 1
   */
  connections?: number;
  /**
   * The URL of an upload of this body that the server has already, for tus and IETF: your own server has created it, or
   * another program has begun it. It may be at another origin, which then gets the task's headers. The upload continues
   * from the server's offset; the task creates none, and fails with `bad-response` if the server does not know this one,
   * or if it has another length. Cancelling the task removes it. @default none: the task creates the upload
   */
  resumeAt?: string;
}
