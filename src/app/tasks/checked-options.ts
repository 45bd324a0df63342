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
import type { DownloadOptions, TaskOptions, UploadOptions } from "./task-options.ts";

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

/** How an app says what the request of a task is, by what it makes the task of. */
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
