import type { TransportWay } from "./background-fetch.ts";
import { isRecord } from "./checks.ts";

/** What an app wants of the way its bytes are moved. */
export type TransportWish = "auto" | TransportWay;

/** How the daemon retries (T9). */
export interface RetryConfiguration {
  /**
   * Consecutive *answered* failures before the task completes with the last answer. Being offline, getting no
   * answer, and stops of the worker never count; progress starts the count anew.
   * @default 10
   */
  limit?: number;
  /**
   * Whether a request with a non-idempotent method (`POST`, `PATCH`) may be sent again when it is not known
   * what became of it.
   * @default true
   */
  unsafe?: boolean;
}

/**
 * What the user is told when a task has ended while no page of the app is visible. Shown only where the app has the
 * user's permission; asking for it (`Notification.requestPermission()`) is the app's.
 * `{description}` in a text stands for the description of the task.
 */
export interface NotificationConfiguration {
  /** @example "{description} is ready" */
  title: string;
  /** The title when the task failed, or was answered with a status of 400 or more. @default no notification then */
  failureTitle?: string;
  body?: string;
  /** Address of a picture. Addresses are relative to the scope of the worker. */
  icon?: string;
  /** A later notification of the same tag takes the place of the earlier one. @default each task its own */
  tag?: string;
  /** What a click opens, where no page of the app is open: one that is comes to the front. @default the scope */
  url?: string;
}

/** What can be said about a session when it is opened. It is copied then and kept with the session (S4). */
export interface SessionConfiguration {
  /** Longest gap without data, in seconds; the request is then retried. @default 60 */
  timeoutIntervalForRequest?: number;
  /**
   * Time for a whole task, retries and waiting included, in seconds. It runs from `resume()`, or from
   * `earliestBeginDate` if that is later, and rests while the task is suspended. @default 604800 (7 days)
   */
  timeoutIntervalForResource?: number;
  /**
   * Connections of this session to each host at once; the parallel parts of an upload count as the connections they are.
   * Two bounds hold for all sessions together: while a page is visible, 4 downloads and uploads to a host on HTTP/1.1;
   * and 16 downloads and uploads, 64 requests in all. Each session may have its first one beside them. @default 6
   */
  httpMaximumConnectionsPerHost?: number;
  /** Headers added to each request that has none of that name; none that the browser keeps to itself. @default {} */
  httpAdditionalHeaders?: Record<string, string>;
  /** False waits while the browser says that the network is cellular. Unknown is no reason to wait. @default true */
  allowsExpensiveNetworkAccess?: boolean;
  /** False waits while the browser says that the user asked to save data. @default true */
  allowsConstrainedNetworkAccess?: boolean;
  /** True fetches with low priority. @default false */
  isDiscretionary?: boolean;
  /** False: no background launch for this session. @default true */
  sessionSendsLaunchEvents?: boolean;
  retry?: RetryConfiguration;
  /**
   * How downloads and uploads move their bytes: `"auto"` takes what fits best, `"worker"` and `"background-fetch"`
   * insist. A task that cannot go the way that is insisted on fails with `transport-unavailable`. Data tasks and
   * resumable uploads are always the worker's. @default "auto"
   */
  transport?: TransportWish;
  /**
   * Statuses, e.g. 401 and 403, at which a task waits with the activity `needs-authorization` instead of completing:
   * until the daemon's `willSend` hook lets it go or a page calls `resume()`. @default []
   */
  waitStatuses?: readonly number[];
  /** Tells the user when a task of the session has ended, unless the task says something else. @default none */
  notifications?: NotificationConfiguration;
  /** How long bytes that nobody collected are kept, in seconds. @default 604800 (7 days) */
  retention?: number;
  /** Names of further headers that are never stored, like `Authorization` (X2). @default [] */
  secretHeaders?: readonly string[];
  /** True stores credential headers in IndexedDB after all. @default false */
  storeCredentials?: boolean;
}

/** A configuration with every default filled in, as it is kept with the session. */
export interface StoredConfiguration {
  readonly timeoutIntervalForRequest: number;
  readonly timeoutIntervalForResource: number;
  readonly httpMaximumConnectionsPerHost: number;
  readonly httpAdditionalHeaders: Readonly<Record<string, string>>;
  readonly allowsExpensiveNetworkAccess: boolean;
  readonly allowsConstrainedNetworkAccess: boolean;
  readonly isDiscretionary: boolean;
  readonly sessionSendsLaunchEvents: boolean;
  readonly retry: Readonly<Required<RetryConfiguration>>;
  readonly transport: TransportWish;
  readonly waitStatuses: readonly number[];
  readonly notifications: Readonly<NotificationConfiguration> | undefined;
  readonly retention: number;
  readonly secretHeaders: readonly string[];
  readonly storeCredentials: boolean;
}

export const DEFAULT_CONFIGURATION: StoredConfiguration = {
  timeoutIntervalForRequest: 60,
  timeoutIntervalForResource: 604_800,
  httpMaximumConnectionsPerHost: 6,
  httpAdditionalHeaders: {},
  allowsExpensiveNetworkAccess: true,
  allowsConstrainedNetworkAccess: true,
  isDiscretionary: false,
  sessionSendsLaunchEvents: true,
  retry: { limit: 10, unsafe: true },
  transport: "auto",
  waitStatuses: [],
  notifications: undefined,
  retention: 604_800,
  secretHeaders: [],
  storeCredentials: false,
};

/** Returns a kept configuration with the default for each property that is missing or of another type. */
export function completeConfiguration(kept: unknown): StoredConfiguration {
  const { notifications } = Object(kept);
  const standard = DEFAULT_CONFIGURATION as unknown as Record<string, unknown>;
  const complete = completed(standard, kept);
  // Every number except `retry.limit` must be positive.
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
