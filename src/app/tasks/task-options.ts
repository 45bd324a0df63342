import { checkedProperties, type Rule, type Rules } from "../../protocol/checked-properties.ts";
import { isPriority, isRecord, isShortString } from "../../protocol/checks.ts";

import type { NotificationConfiguration, RetryConfiguration } from "../../protocol/configuration.ts";
import {
  BOOLEAN,
  NOTIFICATION,
  POSITIVE,
  RETRY,
  STATUSES,
  STRING,
} from "../../protocol/configuration-rules.ts";
import type { Destination } from "../../protocol/destination.ts";
import { isA } from "../../protocol/platform-objects.ts";
import { fits, oneOf, STRINGS_BY_NAME } from "../../protocol/shape.ts";
import type { TaskKind } from "../../protocol/task-info.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { OnDuplicate } from "../../store/insert.ts";
import type { CompletionRow } from "../../store/schema.ts";
import { DESTINATION, WEB_URL } from "./destination.ts";
import { storableCopy } from "./storable.ts";

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
  /** Any text; `task.description` has it in every later launch. */
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
   * The completion handler to call when the task has ended: a name in `completionHandlers`, and a context that it gets.
   * Both are stored for later launches: the context may consist of plain objects, arrays, Map, Set, Date, Error, buffers,
   * Blob, File, CryptoKey and the like, at most 500 levels deep.
   */
  completion?: { handler: string; context?: unknown };
  /** @default the configuration of the session */
  retry?: RetryConfiguration;
  /** In seconds. @default the configuration of the session */
  timeoutIntervalForRequest?: number;
  /** In seconds. @default the configuration of the session */
  timeoutIntervalForResource?: number;
  /** @default the configuration of the session */
  allowsExpensiveNetworkAccess?: boolean;
  /** @default the configuration of the session */
  allowsConstrainedNetworkAccess?: boolean;
  /** How many bytes the app expects to send: `progress` uses it as long as the length is unknown. Whole, from 0 upwards. */
  countOfBytesClientExpectsToSend?: number;
  /** As `countOfBytesClientExpectsToSend`. A download whose length is unknown is not started if there is not as much space. */
  countOfBytesClientExpectsToReceive?: number;
  /** @default the configuration of the session */
  isDiscretionary?: boolean;
  /** Statuses, e.g. 401 and 403, at which it waits instead of completing. @default those of the session */
  waitStatuses?: readonly number[];
  /** Statuses about which the delegate's `didReceiveChallenge` is asked. @default those of the session */
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

/** The options as they were given, checked, copied and with their defaults. */
export interface CheckedOptions {
  readonly id?: string;
  readonly onDuplicate: OnDuplicate;
  readonly description?: string;
  readonly priority: number;
  readonly queue?: string;
  readonly after?: readonly string[];
  readonly group?: string;
  readonly acceptStatuses?: readonly number[];
  readonly earliestBeginDate?: number;
  readonly completion?: CompletionRow;
  readonly retry?: Required<RetryConfiguration>;
  readonly timeoutIntervalForRequest?: number;
  readonly timeoutIntervalForResource?: number;
  readonly allowsExpensiveNetworkAccess?: boolean;
  readonly allowsConstrainedNetworkAccess?: boolean;
  readonly countOfBytesClientExpectsToSend?: number;
  readonly countOfBytesClientExpectsToReceive?: number;
  readonly isDiscretionary?: boolean;
  readonly waitStatuses?: readonly number[];
  readonly challengeStatuses?: readonly number[];
  readonly notification?: NotificationConfiguration | false;
  readonly signal?: AbortSignal;
  readonly storeCredentials?: boolean;
  readonly idempotencyKey?: boolean | string;
  readonly protocol?: UploadProtocolName;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly connections?: number;
  readonly mirrors?: readonly string[];
  readonly resumeAt?: string;
  readonly destination?: Destination;
}

export const NAME: Rule = ["a string of 1 to 1,024 characters", isShortString];

const COUNT: Rule = [
  "a whole number from 0 upwards",
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
];

const TASK_RULES: Rules<keyof TaskOptions> = {
  id: NAME,
  onDuplicate: ['"keep" or "replace"', oneOf("keep", "replace")],
  description: STRING,
  priority: ["a number from 0 to 1", isPriority],
  queue: NAME,
  after: [
    "an array of up to 1,000 ids of tasks",
    (value) => fits(value, [isShortString]) && (value as readonly string[]).length <= 1_000,
    (value: string[]) => [...new Set(value)],
  ],
  group: NAME,
  acceptStatuses: STATUSES,
  earliestBeginDate: [
    "a valid Date or a number of milliseconds since the epoch",
    (value) => value !== null && Number.isFinite(Number(value)),
    Number,
  ],
  completion: [
    "{ handler: a name, context? }",
    (value) => fits(value, { handler: isShortString }),
    copiedCompletion,
  ],
  retry: RETRY,
  timeoutIntervalForRequest: POSITIVE,
  timeoutIntervalForResource: POSITIVE,
  allowsExpensiveNetworkAccess: BOOLEAN,
  allowsConstrainedNetworkAccess: BOOLEAN,
  countOfBytesClientExpectsToSend: COUNT,
  countOfBytesClientExpectsToReceive: COUNT,
  isDiscretionary: BOOLEAN,
  waitStatuses: STATUSES,
  challengeStatuses: STATUSES,
  notification: [
    NOTIFICATION[0],
    (value) => !value || isRecord(value),
    (value: never, name) => value && NOTIFICATION[2]?.(value, name),
  ],
  signal: ["an AbortSignal", (value) => isA(value, "AbortSignal")],
  storeCredentials: BOOLEAN,
  idempotencyKey: [
    "a boolean or a string of 1 to 1,024 printable ASCII characters, without spaces at its ends",
    (value) => typeof value === "boolean" || (isShortString(value) && PRINTABLE.test(value)),
  ],
};

const CONNECTIONS: Rule = ["a whole number from 1 to 6", oneOf(1, 2, 3, 4, 5, 6)];

const MIRRORS: Rule = [
  `an array of up to 16 URLs: each ${WEB_URL[0]}`,
  (value) => fits(value, [WEB_URL[1]]) && (value as readonly string[]).length <= 16,
  (value: string[], name) => value.map((url) => WEB_URL[2]?.(url as never, name)),
];

const UPLOAD_RULES: Rules<Exclude<keyof UploadOptions, keyof TaskOptions>> = {
  protocol: NAME,
  metadata: [
    "an object that maps names of printable ASCII characters, without spaces and commas, to strings",
    (value) =>
      fits(value, STRINGS_BY_NAME) && Object.keys(Object(value)).every((name) => METADATA_NAME.test(name)),
    (value: object) => ({ ...value }),
  ],
  connections: CONNECTIONS,
  resumeAt: WEB_URL,
};

const RULES_OF_KIND: Readonly<Record<TaskKind, Partial<Rules>>> = {
  download: { destination: DESTINATION, connections: CONNECTIONS, mirrors: MIRRORS },
  upload: UPLOAD_RULES,
  data: {},
};

/** The options that only an upload has. */
export const UPLOAD_NAMES = Object.keys(UPLOAD_RULES) as readonly (keyof typeof UPLOAD_RULES)[];

const DEFAULTS = { onDuplicate: "keep", priority: 0.5 };

/** Where an app says what the request of a task is, by what it makes the task of. */
const REQUEST_IS = {
  request: "properties of the request go into the first argument: { url, method }",
  resumeData: "properties of the request go into the first argument: { resumeData, request }",
  task: "the request is that of the task which is retried, and cannot be changed",
};

/** Returns the options copied and checked. @throws TypeError that says which one is wrong */
export function checkedOptions(
  options: TaskOptions | DownloadOptions | UploadOptions,
  kind: TaskKind,
  madeOf: keyof typeof REQUEST_IS = "request",
): CheckedOptions {
  if (!isRecord(options as unknown)) throw new TypeError("The options of a task must be an object.");
  const rules = { ...TASK_RULES, ...RULES_OF_KIND[kind] };
  return {
    ...DEFAULTS,
    ...checkedProperties(options, rules, "", `an option of ${kind} tasks (${REQUEST_IS[madeOf]})`),
  } as CheckedOptions;
}

/** What goes through a header unchanged: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
const PRINTABLE = /^(?! )[ -~]+(?<! )$/;
/** https://tus.io/protocols/resumable-upload#upload-metadata; all but the comma. */
const METADATA_NAME = /^[!-+\--~]+$/;

function copiedCompletion({ handler, context }: CompletionRow): CompletionRow {
  return { handler, context: storableCopy(context, "completion.context") };
}
