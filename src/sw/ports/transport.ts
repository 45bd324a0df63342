import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { Failure } from "../../protocol/session-error.ts";
import type { Database } from "../../store/database.ts";
import type { BodyContent, ResponseRow, TaskRow, UploadRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { RunReport } from "./run-report.ts";
import type { Watchdog } from "./watchdog.ts";

/** What the world offers to a transport. */
export interface TransportHost {
  readonly database: Database;
  readonly origin: string;
  now(): number;
  isOnline(): boolean;
  fetch(request: Request): Promise<Response>;
  /**
   * Fulfils when it is sure that this realm goes on: while it is being ended everything breaks. Absent where nothing runs
   * on so long.
   */
  untilSafe?(): Promise<void>;
  /** Free bytes for this origin; undefined where the browser does not say. */
  freeBytes(): Promise<number | undefined>;
}

/** A line slower than 64 kbit/s is as good as none. */
export const SLOWEST_BYTES_PER_MS = 8;

/** A body as it goes out. */
export type SentBody = Blob | FormData | ArrayBuffer;

/** What is particular about one request of a task. */
export interface RequestDetails {
  readonly url: string;
  readonly method: string;
  /** Besides those that the app and the session gave. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Blob;
}

/** An answer whose body has still to be read, and what watches over that. */
export interface Exchange {
  /** Where the request went, before redirects: whom the app trusts with it. */
  readonly sentUrl: string;
  readonly response: Response;
  readonly watchdog: Watchdog;
  /** A redirect led to this address of the same origin, where the answer is from. */
  readonly movedTo?: string;
  /** It is a redirect that is not followed, for this reason. */
  readonly astray?: Failure;
}

/** One attempt at one task. */
export interface Run {
  readonly row: TaskRow;
  readonly configuration: StoredConfiguration;
  readonly host: TransportHost;
  /** Aborted when the task is suspended or cancelled, or the daemon has to leave. */
  readonly signal: AbortSignal;
  /** How many connections it may hold at once. */
  readonly connections: number;
  /** It needs no more than so many from here on, and others may have the rest. */
  keepConnections(count: number): void;
  /** Reads the body to send; undefined where there is none, or none any more. */
  body(): Promise<BodyContent | undefined>;
  /** Makes a request with what the app and the session want of each. */
  request(details: RequestDetails, signal: AbortSignal): Request;
  /** Sends a request of the task with its body, as the app wants it. Rejects as `fetch` does; an outcome ends the run. */
  send(request: Request, body?: SentBody): Promise<Response | Outcome>;
  /** Tells how far it is, and how fast. */
  readonly progress: RunReport;
  /** Makes and sends one of the requests of an upload. An outcome ends the run. */
  exchange(details: RequestDetails, bytesAcknowledged: number): Promise<Exchange | Outcome>;
  /** Says how the run ends with an answer that asks for another try; undefined where this was the last. */
  refusal(response: Response, hasProgressed: boolean): Outcome | undefined;
  /** Brings an answer to disk that is the answer to an upload. */
  receive(exchange: Exchange): Promise<Outcome>;
  /** Reads an answer, which can still be received. */
  peek(exchange: Exchange): Promise<ResponseRow>;
  /** Records how far an upload is. Rejects with `Unwanted` if the task does not want to be sent any more. */
  checkpoint(upload: UploadRow): Promise<void>;
  /** Where another transport takes over; undefined where none does. It may come while the run is under way. */
  limit(): number | undefined;
  /** Says what becomes of the attempt when `error` was thrown in it. */
  outcomeOf(error: unknown): Outcome;
  /** Something to show has changed. */
  report(facts: LiveFacts): void;
  /** It goes on from bytes that were there: of a download on disk, of an upload with the server. */
  reportResumed(offset: number): void;
}

/** A way to move the bytes: makes one attempt, writes nothing but bytes, and returns what became of it. */
export type Transport = (run: Run) => Promise<Outcome>;
