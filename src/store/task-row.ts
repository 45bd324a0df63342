import type { TransportReason } from "../protocol/background-fetch.ts";
import type {
  NotificationConfiguration,
  OnFailure,
  RetryConfiguration,
  TaskSettings,
} from "../protocol/configuration.ts";
import type { AttemptMetrics } from "../protocol/metrics.ts";
import type { Question } from "../protocol/questions.ts";
import type { RequestRecord } from "../protocol/request-record.ts";
import type { Failure } from "../protocol/session-error.ts";
import type { ResponseHead, TaskKind } from "../protocol/task-info.ts";
import type { TaskState } from "../protocol/task-state.ts";
import type { UploadProtocolName } from "../protocol/upload-protocol.ts";

export interface TaskRow {
  readonly session: string;
  /** The public id if that is a fresh UUID, else a UUID of its own: `replace` makes two rows with one id. */
  readonly key: string;
  readonly id: string;
  readonly kind: TaskKind;
  readonly state: TaskState;
  /** Order of creation within the session. */
  readonly order: number;
  /** `[session, order]` until the task is finished: the index over it holds only unfinished tasks. */
  readonly live?: [string, number];
  /** `[session, id]` while the app may find the task by an id of its own. */
  readonly named?: [string, string];
  /** When its last event was settled; the row is deleted a little later. */
  readonly settledAt?: number;
  readonly createdAt: number;
  /** When it finished; absent again once its bytes have expired or were deleted. */
  readonly finishedAt?: number;
  /** It is in the history of its session when it has finished. */
  readonly keepsHistory?: true;
  /** Its places in the history of its session: first in all of it, then in its parts. */
  readonly past?: readonly HistoryPlace[];
  /** The app does not want it any more: the row is deleted when its events are settled. */
  readonly isForgotten?: true;

  readonly request: RequestRecord;
  /** The request has a body in `bodies`. */
  readonly hasBody?: true;
  /** Its request had a body that is deleted or taken over: the request must not be repeated without it. */
  readonly isBodyGone?: true;
  /** Another task has a copy of its body, which WebKit may read from this one. */
  readonly isBodyCopied?: true;
  /** The task whose body it took over. The body stays under that key: WebKit reads the copy of a stored Blob from it. */
  readonly bodyOf?: string;
  readonly idempotencyKey?: string;
  readonly description?: string;
  readonly priority: number;
  readonly earliestBeginDate?: number;
  readonly group?: string;
  readonly queue?: QueueRow;
  /** `[session, queue, order]` until the task is finished: the index over it holds what waits in a queue. */
  readonly queued?: [string, string, number];
  /** The tasks that have to succeed before it begins. */
  readonly dependsOn?: readonly TaskName[];
  /** `[session, queue]` if it ended badly and its queue waits for a page: what comes after it does not begin. */
  readonly holds?: [string, string];
  /** Statuses from 400 upwards that count as success. */
  readonly acceptStatuses?: readonly number[];
  readonly retry?: Required<RetryConfiguration>;
  /** What it has of its own instead of the session's. */
  readonly settings?: TaskSettings;
  readonly completion?: CompletionRow;
  /** The app wants to know what it took (`didFinishCollectingMetrics`). */
  readonly collectsMetrics?: true;
  readonly metrics?: readonly AttemptMetrics[];
  readonly notification?: NotificationConfiguration;
  /** When it finished, until the notification has been shown or is not needed. */
  readonly notificationDue?: number;

  /** When the time for the whole task ends, which runs from `earliestBeginDate`; absent while it is suspended. */
  readonly deadline?: number;
  /** What is left of that time while it is suspended. */
  readonly timeLeftMs?: number;
  readonly attempts: number;
  /** The request was sent and must not be sent again, whatever happened to it (`retry.unsafe: false`). */
  readonly isSent?: true;
  /** Consecutive answered failures (T9). */
  readonly failures: number;
  readonly backoff?: BackoffRow;
  readonly hold?: HoldRow;
  /** The app is asked before it begins (`willBeginDelayedRequest`). */
  readonly asksToBegin?: true;
  /** Consecutive answers about which the app was asked (`didReceiveChallenge`). */
  readonly challenges?: number;
  /** `farthest` at the last of them. */
  readonly challengedAt?: number;
  /** The app wants the next answer, whatever its status. */
  readonly isUnchallenged?: true;
  /** Statuses at which it waits instead of completing. @default those of the session */
  readonly waitStatuses?: readonly number[];
  /** Consecutive attempts that failed although the host could be reached. */
  readonly suspectedBlocks?: number;

  /** Bytes of the body that are on disk, from its first one up to a gap. */
  readonly bytesReceived: number;
  readonly bytesExpected: number;
  /** What the app expects, as long as nothing better is known. */
  readonly clientExpectsToSend?: number;
  readonly clientExpectsToReceive?: number;
  /** The most bytes that were ever on disk or acknowledged by the server: only more than that is progress. */
  readonly farthest: number;
  /** Every upload has one. */
  readonly upload?: UploadRow;
  readonly file?: FileRow;
  /** How many ranges of its file may be fetched at once. Removed when they turn out to contradict each other. */
  readonly connections?: number;
  readonly mirrors?: MirrorsRow;
  /** Its body is on disk as a whole; `nextStep` says what has still to be done. The server is not asked again. */
  readonly isReceived?: true;
  /** Its body on disk matches its `integrity`. */
  readonly isVerified?: true;
  /** The place of the finished download. */
  readonly destination?: DestinationRow;
  /** Its body is there, and no longer in `parts`. */
  readonly isPlaced?: true;
  readonly response?: ResponseRow;
  readonly failure?: Failure;
  /** The browser itself fetches the file, or the rest of it. */
  readonly backgroundFetch?: BackgroundFetchRow;
  /** How often Background Fetch failed to fetch it. */
  readonly turnBacks?: number;
  /** Background Fetch could not fetch it: the worker continues. */
  readonly isTurnedBack?: true;
  /** It was cancelled with resume data: its bytes are kept for the retention time (T7). */
  readonly isResumable?: true;
}

/** The URLs of the file, each on a server of its own. */
export interface MirrorsRow {
  /** In the app's order. */
  readonly urls: readonly string[];
  /** The index of the one that is asked: it is the URL of the request. */
  readonly at: number;
  /** How many of the others have not been asked since the last progress. */
  readonly untried: number;
}

/** The Background Fetch registration that fetches a task. */
export interface BackgroundFetchRow {
  readonly id: string;
  /** The first byte that it requests; the worker received those before. */
  readonly start: number;
  readonly reason: TransportReason;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** It fetches other tasks too, so that its progress says nothing about this one. */
  readonly isShared?: true;
}

/** How far an upload is: its body, and what the server has of it. */
export interface UploadRow {
  /** Absent if the body goes in one request. */
  readonly protocol?: UploadProtocolName;
  /** Absent for a form, which is encoded when it is sent. */
  readonly sizeBytes?: number;
  /** What the server has acknowledged. */
  readonly bytesAcknowledged: number;
  /** What the app tells a tus server about the body. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How many connections it may use at once if the server can concatenate parts. */
  readonly connections?: number;
  /** The URL of an upload that the server has already: none is created. */
  readonly resumeAt?: string;
  /**
   * In order and without gaps, which is checked when they are read; a single one if the server cannot concatenate. Absent
   * until the upload begins. Older versions go on from them, so their form stays: another one would be another field.
   */
  readonly parts?: readonly UploadPartRow[];
  /** What a protocol without such parts stores. Only the protocol knows what is in it, and checks it. */
  readonly state?: unknown;
  /** The refusal of the last chunk: the app's answer if the server turns out to have the whole body. */
  readonly answer?: ResponseRow;
  /** The server did not know an earlier upload of this body when it was first asked for it. */
  readonly isMissed?: true;
}

/** A part of a body: an upload of its own on the server. */
export interface UploadPartRow {
  readonly start: number;
  readonly end: number;
  /** The URL at which the server keeps it; absent until the server has created it. */
  readonly url?: string;
  /** Acknowledged bytes. */
  readonly offset: number;
  /** Bytes that the server may have: the end of the last chunk that was begun. */
  readonly reach: number;
}

/** A place outside the database: an entry of a Cache, or a file in the origin private file system. */
export type DestinationRow =
  | { readonly cache: string; readonly key: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly opfs: string };
/** A place in the history of a session. The numbers are negative, so that the newest is first. */
export type HistoryPlace = [session: string, lane: string, finishedAt: number, order: number, key: string];

/** `[session, id]` */
export type TaskName = readonly [session: string, id: string];

/** The queue in which it runs, and what follows there if it ends badly: as configured when it was made. */
export interface QueueRow {
  readonly name: string;
  readonly onFailure: OnFailure;
}

/** The named handler that is called with the result, and the context it gets (C1). */
export interface CompletionRow {
  readonly handler: string;
  readonly context: unknown;
}

/** Why a task waits for the app (U5). */
export interface HoldRow {
  /** The status of the answer; absent if the app's hook held the task back. */
  readonly status?: number;
  /** The hook is asked again after a backoff; otherwise a page has to resume the task. */
  readonly asksAgain: boolean;
  /** The delegate is asked: the outbox has an event of this type until it has answered, or nobody needs the answer. */
  readonly asks?: Question;
  /** The answer about which it is asked. */
  readonly response?: ResponseHead;
}

/** Determines the time of the next attempt; see `retry-policy.ts`. */
export interface BackoffRow {
  readonly since: number;
  /** Consecutive attempts without progress, from 1. */
  readonly tries: number;
  /** 0 to 1; drawn once, so that the delay is a function of the row. */
  readonly jitter: number;
  /** `Retry-After`. */
  readonly floorMs: number;
  /** No answer came: it is tried again as soon as the network is back. */
  readonly isUnanswered: boolean;
  /** Why the last attempt failed, such as `HTTP 503`; absent in versions that did not store it. */
  readonly why?: string | undefined;
}

/** The bytes of a body on disk, and what is known about their entity. */
export interface FileRow {
  /** A new one each time the download starts over. */
  readonly fileId: string;
  readonly total?: number;
  /** A body of another length than `total` is wrong (D4). */
  readonly isTotalSure: boolean;
  readonly validator?: Validator;
  /** An `ETag` seen beside a `Last-Modified`, without `W/`: equality proves nothing, a difference disproves. */
  readonly tag?: string;
  /** The bytes came from this origin without a redirect to another: every header can be read and set. */
  readonly isSameOrigin: boolean;
  /** The server lies about ranges or refuses them: requests go without `Range`. */
  readonly isUnranged?: true;
  /** The file is being received in several ranges. In order, what is on disk of it beyond the first gap. */
  readonly ranges?: readonly RangeRow[];
}

/** A range of bytes, without its end. */
export type RangeRow = readonly [start: number, end: number];

/** Distinguishes one version of an entity from the next. */
export interface Validator {
  readonly kind: "etag" | "last-modified";
  readonly value: string;
}

export interface ResponseRow extends ResponseHead {
  /** The body of a data task up to 64 KiB; larger ones and files are in `parts`. */
  readonly body?: ArrayBuffer;
}
