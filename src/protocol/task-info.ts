import type { TransportReason, TransportWay } from "./background-fetch.ts";
import type { TaskSettings } from "./configuration.ts";
import type { Destination } from "./destination.ts";
import type { RequestRecord } from "./request-record.ts";
import type { Failure } from "./session-error.ts";
import type { TaskActivity, TaskState } from "./task-state.ts";
import type { UploadProtocolName } from "./upload-protocol.ts";

/** A download ends in a file, a data task in a response with its body; an upload sends one. */
export type TaskKind = "download" | "upload" | "data";

/** The head of an answer: a `Response` without its body. */
export interface ResponseHead {
  /** After redirects. */
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly redirected: boolean;
  /**
   * The file name that the server suggests in `Content-Disposition`, without characters that are special in a file system.
   * Across origins it is visible only if the server exposes that header.
   */
  readonly suggestedFilename?: string;
}

/** Stands for an unknown number of bytes, as in URLSession. */
export const UNKNOWN_LENGTH = -1;

/** What a page may know about a task, as plain data: the content of a notice and of a handle. */
export interface TaskInfo {
  /** The key of the row; the public `id` is unique only among the tasks that are kept. */
  readonly key: string;
  readonly id: string;
  readonly session: string;
  readonly kind: TaskKind;
  readonly state: TaskState;
  readonly activity: TaskActivity;
  readonly description: string | undefined;
  readonly priority: number;
  readonly group: string | undefined;
  readonly queue: string | undefined;
  /** The ids of the tasks that still have to succeed before it begins. */
  readonly dependsOn: readonly string[];
  readonly acceptStatuses: readonly number[] | undefined;
  /** What it has of its own instead of the session's. */
  readonly settings: TaskSettings | undefined;
  /** Milliseconds since the epoch. */
  readonly earliestBeginDate: number | undefined;
  readonly destination: Destination | undefined;
  /** Order of creation within the session. */
  readonly order: number;
  readonly createdAt: number;
  readonly finishedAt: number | undefined;
  /** Without its body. */
  readonly request: RequestRecord;
  /** Its request has a body, small or large; it may be deleted by now. */
  readonly hasBody: boolean;
  readonly response: ResponseHead | undefined;
  readonly failure: Failure | undefined;
  /** It failed and can be resumed. */
  readonly canResume: boolean;
  readonly bytesReceived: number;
  readonly bytesExpectedToReceive: number;
  /** Bytes that the server has acknowledged. */
  readonly bytesSent: number;
  readonly bytesExpectedToSend: number;
  /** What the app expects. */
  readonly clientExpectsToSend: number | undefined;
  readonly clientExpectsToReceive: number | undefined;
  /** Undefined unless it is an upload in several requests. */
  readonly uploadProtocol: UploadProtocolName | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly attempts: number;
  /** When it goes on by itself, if that is known while it waits; milliseconds since the epoch. */
  readonly nextAttemptAt: number | undefined;
  /** How its bytes are transferred, and why; undefined until the daemon has seen it, and when it has finished. */
  readonly transport: TransportInfo | undefined;
}

/** Which way the bytes of a task go, and why. */
export interface TransportInfo {
  readonly way: TransportWay;
  readonly reason: TransportReason;
}
