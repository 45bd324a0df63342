import type { DBSchema } from "idb";
import type { TransportReason } from "../protocol/background-fetch.ts";
import type {
  NotificationConfiguration,
  RetryConfiguration,
  StoredConfiguration,
} from "../protocol/configuration.ts";
import type { RequestRecord } from "../protocol/request-record.ts";
import type { Failure } from "../protocol/session-error.ts";
import type { ResponseHead, TaskKind } from "../protocol/task-info.ts";
import type { TaskState } from "../protocol/task-state.ts";
import type { UploadProtocolName } from "../protocol/upload-protocol.ts";
import type { Greeting } from "../protocol/versions.ts";

/** Raised by one with each entry of `UPGRADES`. */
export const SCHEMA_VERSION = 2;

export interface SessionRow {
  readonly identifier: string;
  readonly configuration: StoredConfiguration;
  /** Fresh each time the session is made: tells a session that lost its data from one that kept it. */
  readonly incarnation: string;
  /** Up to this place in the outbox a background launch has been over the events. */
  readonly launchedUpTo?: number;
  /** The daemon that a page found last: the next one need not wait until it has started. */
  readonly daemon?: KnownDaemon | undefined;
}

/** What a daemon said of itself, and the script that it is in. */
export interface KnownDaemon {
  readonly script: string;
  readonly greeting: Greeting;
}

/** A background launch whose completion handler was not called yet (C2). */
export interface LaunchRow {
  readonly session: string;
  /** Milliseconds since the epoch. */
  readonly begunAt: number;
  /** How often the app was launched for it: more than once where the worker died first. */
  readonly tries: number;
}

/** `[session, key]` */
export type TaskKey = [session: string, key: string];

export interface TaskRow {
  readonly session: string;
  /** The public id where it is a fresh UUID, else a UUID of its own: `replace` makes two rows of one id. */
  readonly key: string;
  readonly id: string;
  readonly kind: TaskKind;
  readonly state: TaskState;
  /** Order of creation within the session. */
  readonly order: number;
  /** `[session, order]` until the task is finished; the index over it holds the unfinished tasks alone. */
  readonly live?: [string, number];
  /** `[session, id]` while the app may find the task by an id of its own. */
  readonly named?: [string, string];
  /** When the last of its events was settled; the row goes a little later. */
  readonly settledAt?: number;
  readonly createdAt: number;
  /** Until its bytes have expired. */
  readonly finishedAt?: number;

  readonly request: RequestRecord;
  /** The request has a body in `bodies`. */
  readonly hasBody?: true;
  /** The task whose body it took over. It stays where it is: what WebKit stores of a stored Blob it reads from that one. */
  readonly bodyOf?: string;
  readonly idempotencyKey?: string;
  readonly description?: string;
  readonly priority: number;
  readonly earliestBeginDate?: number;
  readonly retry?: Required<RetryConfiguration>;
  readonly completion?: CompletionRow;
  readonly notification?: NotificationConfiguration;
  /** When it finished, until the notification was shown or found to be needless. */
  readonly notificationDue?: number;

  /** When the time for the whole task, which begins with `earliestBeginDate`, is over; absent while it is suspended. */
  readonly deadline?: number;
  /** What is left of that time while it is suspended. */
  readonly timeLeftMs?: number;
  readonly attempts: number;
  /** It went out, and must not go out again whatever became of it (`retry.unsafe: false`). */
  readonly isSent?: true;
  /** Consecutive answered failures (T9). */
  readonly failures: number;
  readonly backoff?: BackoffRow;
  readonly hold?: HoldRow;
  /** Statuses at which it waits instead of completing; those of the session where it has none of its own. */
  readonly waitStatuses?: readonly number[];
  /** Attempts in a row that failed while the host could be reached. */
  readonly suspectedBlocks?: number;

  /** Bytes of the body that are on disk. */
  readonly bytesReceived: number;
  readonly bytesExpected: number;
  /** The most that was ever on disk, or acknowledged by the server: progress is what goes beyond it. */
  readonly farthest: number;
  /** How far an upload is; every upload has one. */
  readonly upload?: UploadRow;
  readonly file?: FileRow;
  readonly response?: ResponseRow;
  readonly failure?: Failure;
  /** The browser itself fetches it, or the rest of it. */
  readonly backgroundFetch?: BackgroundFetchRow;
  /** How often Background Fetch did not bring it. */
  readonly turnBacks?: number;
  /** Background Fetch could not bring it: the worker goes on. */
  readonly isTurnedBack?: true;
  /** It was cancelled with resume data: what there is of it is kept for the retention time (T7). */
  readonly isResumable?: true;
}

/** The registration of Background Fetch that a task is in. */
export interface BackgroundFetchRow {
  readonly id: string;
  /** The first byte that it asks for; those before are the worker's. */
  readonly start: number;
  readonly reason: TransportReason;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Other tasks are in it too: how far it is says nothing of each. */
  readonly isShared?: true;
}

/** The body of an upload and what the server has of it. */
export interface UploadRow {
  /** Absent for one request. */
  readonly protocol?: UploadProtocolName;
  /** Of the body; absent for a form, which is encoded when it is sent. */
  readonly sizeBytes?: number;
  /** What the server has acknowledged. */
  readonly bytesAcknowledged: number;
  /** What the app says of the body to a tus server. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How many connections it may take at once, where the server can put parts together. */
  readonly connections?: number;
  /** In order and without gaps; one, where the server cannot put several together. Absent until it begins. */
  readonly parts?: readonly UploadPartRow[];
  /** The refusal of the last chunk, until the server has said whether it has the whole: then it is the app's answer. */
  readonly answer?: ResponseRow;
  /** The upload that was made before this one was gone when it was first asked for. */
  readonly isMissed?: true;
}

/** A part of a body, which is an upload of its own on the server. */
export interface UploadPartRow {
  readonly start: number;
  readonly end: number;
  /** Where the server keeps it, once it has made it. */
  readonly url?: string;
  /** How many of its bytes are acknowledged. */
  readonly offset: number;
  /** How many the server may have: the end of the last chunk that was begun. */
  readonly reach: number;
}

/** The named handler that is called with the result, and what it is given (C1). */
export interface CompletionRow {
  readonly handler: string;
  readonly context: unknown;
}

/** Why a task waits for authorization (U5). */
export interface HoldRow {
  /** The status of the answer; absent where the app's hook held it back. */
  readonly status?: number;
  /** The hook is asked again after its backoff; else a page has to resume it. */
  readonly asksAgain: boolean;
}

/** From which the time of the next attempt follows; see `retry-policy.ts`. */
export interface BackoffRow {
  readonly since: number;
  /** Attempts in a row without progress, from 1. */
  readonly tries: number;
  /** Drawn once, so that the delay is a function of the row: 0 to 1. */
  readonly jitter: number;
  /** `Retry-After`. */
  readonly floorMs: number;
  /** No answer came: worth another try as soon as the network is back. */
  readonly isUnanswered: boolean;
}

/** The bytes of a body on disk and what is known about the entity they belong to. */
export interface FileRow {
  /** Another one each time that the download begins again. */
  readonly fileId: string;
  readonly total?: number;
  /** `total` may be held against the body (D4). */
  readonly isTotalSure: boolean;
  readonly validator?: Validator;
  /** An `ETag` seen beside a `Last-Modified`, without its weakness: no proof, but one that differs is a disproof. */
  readonly tag?: string;
  /** The bytes came from this origin, without a detour: every header can be read and set. */
  readonly isSameOrigin: boolean;
  /** The server lies about ranges or refuses them: ask without `Range`. */
  readonly isUnranged?: true;
}

/** What tells one version of an entity from the next. */
export interface Validator {
  readonly kind: "etag" | "last-modified";
  readonly value: string;
}

export interface ResponseRow extends ResponseHead {
  /** Bodies of data tasks up to 64 KiB; larger ones and files lie in `parts`. */
  readonly body?: ArrayBuffer;
}

/** One entry of a form; `fileName` is there if that of the file is another than its own name. */
export type FormPart = readonly [name: string, value: string | File, fileName?: string];

/** A body as it is kept: bytes, or the parts of a form. */
export type BodyContent = Blob | readonly FormPart[];

export interface BodyRow {
  readonly session: string;
  readonly key: string;
  /** Empty where there is a form. */
  readonly body: Blob;
  /** The parts of a `FormData`, so that its files are never read as a whole. */
  readonly form?: readonly FormPart[];
}

export interface PartRow {
  readonly session: string;
  readonly fileId: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly bytes: Blob;
  /** Written by earlier versions. */
  readonly level?: number;
}

export type DurableEvent = "didFinishDownloading" | "didComplete" | "completionHandler";

export interface OutboxRow {
  /** Order of commit; given by the database. */
  readonly seq?: number;
  readonly eventId: string;
  readonly session: string;
  readonly taskKey: string;
  readonly type: DurableEvent;
  /** How often a delegate refused it by throwing. */
  readonly refusals: number;
  readonly isParked?: true;
}

export interface Schema extends DBSchema {
  sessions: { key: string; value: SessionRow };
  tasks: {
    key: TaskKey;
    value: TaskRow;
    indexes: {
      "by-live": [string, number];
      "by-name": [string, string];
      "by-file": string;
      "by-finished": number;
      "by-settled": number;
      "by-notification-due": number;
    };
  };
  bodies: { key: TaskKey; value: BodyRow };
  parts: { key: [session: string, fileId: string, offset: number]; value: PartRow };
  outbox: {
    key: number;
    value: OutboxRow;
    indexes: { "by-session": [string, number]; "by-task": [string, string] };
  };
  launches: { key: string; value: LaunchRow };
  /** Single facts about the scope, by name. */
  facts: { key: string; value: unknown };
}
