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
  /** The URL that answered, after redirects. */
  readonly url: string;
  /** 200 to 599. */
  readonly status: number;
  /** The reason phrase; empty over HTTP/2 and HTTP/3. */
  readonly statusText: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** True if `url` is not the URL of the request, because the server redirected it. */
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
  /** A UUID, unique for ever; an `id` may come again when its task is not kept any more. */
  readonly key: string;
  /** 1 to 1,024 characters: chosen by the app, else a UUID. */
  readonly id: string;
  /** The identifier of its session. */
  readonly session: string;
  /** The method that made it: `downloadTask`, `uploadTask` or `dataTask`. */
  readonly kind: TaskKind;
  /** `suspended`, `running`, `canceling` or `completed`. */
  readonly state: TaskState;
  readonly activity: TaskActivity;
  /** Free text of the app's; undefined if it has none. */
  readonly description: string | undefined;
  /** 0 to 1; tasks with a higher priority start first. */
  readonly priority: number;
  /** The name of its group, 1 to 1,024 characters; undefined if it has none. */
  readonly group: string | undefined;
  /** The name of its queue, 1 to 1,024 characters; undefined if it has none. */
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
  /** When it was made. Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When it ended, in milliseconds since the epoch; undefined before, and if its bytes have expired. */
  readonly finishedAt: number | undefined;
  /** Without its body. */
  readonly request: RequestRecord;
  /** Its request has a body, small or large; it may be deleted by now. */
  readonly hasBody: boolean;
  readonly response: ResponseHead | undefined;
  /** Why it failed; undefined if it has not. */
  readonly failure: Failure | undefined;
  /** It failed and can be resumed. */
  readonly canResume: boolean;
  /** Bytes of the response body received so far. */
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
  /** How often the request was started. */
  readonly attempts: number;
  /** When it goes on by itself, if that is known while it waits; milliseconds since the epoch. */
  readonly nextAttemptAt: number | undefined;
  /** How its bytes are transferred, and why; undefined until the daemon has seen it, and when it has finished. */
  readonly transport: TransportInfo | undefined;
}

/** Which way the bytes of a task go, and why. */
export interface TransportInfo {
  /** `"worker"`: the daemon sends and receives. `"background-fetch"`: the browser itself does. */
  readonly way: TransportWay;
  /** Why this one and not the other: docs/transports.md explains each reason. */
  readonly reason: TransportReason;
}
