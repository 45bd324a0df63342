import { isRecord, isShortString } from "../../protocol/checks.ts";
import { isPriority } from "../../protocol/commands.ts";
import {
  checkedNotification,
  checkedRetry,
  checkedStatuses,
  type NotificationConfiguration,
  type RetryConfiguration,
} from "../../protocol/configuration.ts";
import { isA } from "../../protocol/platform-objects.ts";
import type { TaskKind } from "../../protocol/task-info.ts";
import { isUploadProtocol, type UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { OnDuplicate } from "../../store/insert.ts";
import type { CompletionRow } from "../../store/schema.ts";
import { storableCopy } from "./storable.ts";

/** What can be said about a task when it is made. All of it is copied in the call and stored with the task. */
export interface TaskOptions {
  /**
   * Your own name for the task, unique in its session while the task or its events are kept; at most 1,024
   * characters.
   * @default a fresh UUID
   */
  id?: string;
  /**
   * When `id` is taken: `"keep"` makes the new handle mirror the stored task, `"replace"` ends that one with
   * `cancelled` first.
   * @default "keep"
   */
  onDuplicate?: OnDuplicate;
  /** Anything; shown by `task.description` in every later launch. */
  description?: string;
  /** 0 to 1; the higher goes first. @default 0.5 */
  priority?: number;
  /**
   * Not before this time (a `Date` or milliseconds since the epoch); no promise to be on time.
   * `timeoutIntervalForResource` runs only from then on.
   */
  earliestBeginDate?: Date | number;
  /**
   * The completion handler to call when the task has ended: a name out of `completionHandlers`, and a context that
   * is given to it. Both are stored, so that a later launch finds them: the context is plain objects, arrays, Map, Set,
   * Date, Error, buffers, Blob, File, CryptoKey and the like, at most 500 levels deep.
   */
  completion?: { handler: string; context?: unknown };
  /** @default that of the session */
  retry?: RetryConfiguration;
  /** Statuses, e.g. 401 and 403, at which it waits instead of completing. @default those of the session */
  waitStatuses?: readonly number[];
  /** What the user is told when the task has ended while no page is visible; false: nothing. @default that of the session */
  notification?: NotificationConfiguration | false;
  /** Cancels the task when it is aborted. Not stored: it lives as long as the page. */
  signal?: AbortSignal;
  /** Allows credential headers to be stored with this task. @default that of the session */
  storeCredentials?: boolean;
  /**
   * The `Idempotency-Key` that is sent with every attempt: a string of yours in printable ASCII, or true for a fresh
   * UUID.
   * @default true for POST and PATCH to the page's own origin, else false
   */
  idempotencyKey?: boolean | string;
}

/** What can be said about an upload beyond that. */
export interface UploadOptions extends TaskOptions {
  /**
   * How the body is sent. `"tus"`: the address is the creation endpoint of a tus 1.0 server. `"ietf"`: resumable
   * uploads for HTTP, draft -12, interop version 8; the address is that of the resource itself. Both go on where
   * they were after an interruption; an own worker names them in `startDaemon({ uploadProtocols })`.
   * @default one request, sent anew as a whole after an interruption
   */
  protocol?: UploadProtocolName;
  /**
   * What a tus server is told of the body, as `Upload-Metadata`: names of printable ASCII characters without spaces and
   * commas, any text as value.
   * @default `filename` and `filetype`, where the body is a `File`
   */
  metadata?: Readonly<Record<string, string>>;
  /**
   * Parts of at least 1 MiB that are sent at once to a tus server that can put them together; others get one.
   * From 1 to 6, and no more than are free when it starts: `httpMaximumConnectionsPerHost` counts each of them, and one
   * stays free for the next task. @default 1
   */
  connections?: number;
}

export interface CheckedOptions {
  readonly id: string | undefined;
  readonly onDuplicate: OnDuplicate;
  readonly description: string | undefined;
  readonly priority: number;
  readonly earliestBeginDate: number | undefined;
  readonly completion: CompletionRow | undefined;
  readonly retry: Required<RetryConfiguration> | undefined;
  readonly waitStatuses: readonly number[] | undefined;
  readonly notification: NotificationConfiguration | false | undefined;
  readonly signal: AbortSignal | undefined;
  readonly storeCredentials: boolean | undefined;
  readonly idempotencyKey: boolean | string | undefined;
  readonly protocol: UploadProtocolName | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly connections: number | undefined;
}

const NAMES: ReadonlySet<string> = new Set<keyof TaskOptions>([
  "id",
  "onDuplicate",
  "description",
  "priority",
  "earliestBeginDate",
  "completion",
  "retry",
  "waitStatuses",
  "notification",
  "signal",
  "storeCredentials",
  "idempotencyKey",
]);

/** Those of an upload alone. */
export const UPLOAD_NAMES: readonly Exclude<keyof UploadOptions, keyof TaskOptions>[] = [
  "protocol",
  "metadata",
  "connections",
];

/** Returns the options copied and checked. @throws TypeError that says which one is wrong */
export function checkedOptions(options: TaskOptions | UploadOptions, kind: TaskKind): CheckedOptions {
  check(isRecord(options as unknown), "the options of a task must be an object");
  const isUpload = kind === "upload";
  const unknown = Object.keys(options).find(
    (name) => !NAMES.has(name) && !(isUpload && UPLOAD_NAMES.some((known) => known === name)),
  );
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is not a task option; is it misspelt?`);
  const {
    id,
    onDuplicate = "keep",
    description,
    priority = 0.5,
    signal,
    storeCredentials,
    idempotencyKey,
    protocol,
    connections,
  }: UploadOptions = options;
  check(id === undefined || isShortString(id), "id must be a string of 1 to 1,024 characters");
  check(onDuplicate === "keep" || onDuplicate === "replace", 'onDuplicate must be "keep" or "replace"');
  check(description === undefined || typeof description === "string", "description must be a string");
  check(isPriority(priority), "priority must be a number from 0 to 1");
  check(signal === undefined || isA(signal, "AbortSignal"), "signal must be an AbortSignal");
  check(["undefined", "boolean"].includes(typeof storeCredentials), "storeCredentials must be a boolean");
  check(
    ["undefined", "boolean"].includes(typeof idempotencyKey) ||
      (isShortString(idempotencyKey) && PRINTABLE.test(idempotencyKey)),
    "idempotencyKey must be a boolean or a string of 1 to 1,024 printable ASCII characters, without spaces at its ends",
  );
  check(protocol === undefined || isUploadProtocol(protocol), 'protocol must be "tus" or "ietf"');
  check(
    connections === undefined || [1, 2, 3, 4, 5, 6].includes(connections),
    "connections must be a whole number from 1 to 6",
  );
  return {
    id,
    onDuplicate,
    description,
    priority,
    signal,
    storeCredentials,
    idempotencyKey,
    protocol,
    connections,
    metadata: checkedMetadata((options as UploadOptions).metadata),
    earliestBeginDate: checkedDate(options.earliestBeginDate),
    completion: checkedCompletion(options.completion),
    retry: options.retry === undefined ? undefined : checkedRetry(options.retry),
    waitStatuses:
      options.waitStatuses === undefined ? undefined : checkedStatuses(options.waitStatuses, "waitStatuses"),
    notification: options.notification && checkedNotification(options.notification, "notification"),
  };
}

/** What goes through a header unchanged: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
const PRINTABLE = /^(?! )[ -~]+(?<! )$/;
/** https://tus.io/protocols/resumable-upload#upload-metadata; all but the comma. */
const METADATA_NAME = /^[!-+\--~]+$/;

function check(isRight: boolean, message: string): asserts isRight {
  if (!isRight) throw new TypeError(`${message}.`);
}

function checkedDate(value: Date | number | undefined): number | undefined {
  if (value === undefined) return undefined;
  const time = value === null ? Number.NaN : Number(value);
  check(
    Number.isFinite(time),
    "earliestBeginDate must be a valid Date or a number of milliseconds since the epoch",
  );
  return time;
}

function checkedMetadata(value: unknown): Record<string, string> | undefined {
  if (value === undefined) return undefined;
  const isMetadata =
    isRecord(value) &&
    Object.entries(value).every(([name, text]) => METADATA_NAME.test(name) && typeof text === "string");
  check(
    isMetadata,
    "metadata must map names of printable ASCII characters, without spaces and commas, to strings",
  );
  return { ...(value as Record<string, string>) };
}

function checkedCompletion(value: TaskOptions["completion"]): CompletionRow | undefined {
  if (value === undefined) return undefined;
  check(isRecord(value) && isShortString(value.handler), "completion must be { handler: a name, context? }");
  return { handler: value.handler, context: storableCopy(value.context, "completion.context") };
}
