import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { Failure } from "../../protocol/session-error.ts";
import type { Database } from "../../store/database.ts";
import type { BodyContent, ResponseRow, TaskRow, UploadRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { RunReport } from "./run-report.ts";
import type { Watchdog } from "./watchdog.ts";

/** What a transport needs from its environment. */
export interface TransportHost {
  readonly database: Database;
  readonly origin: string;
  now(): number;
  isOnline(): boolean;
  fetch(request: Request): Promise<Response>;
  /**
   * Fulfils when this realm is sure to go on: while it is being ended, everything fails. Absent if a realm that is being
   * ended does not run on that long.
   */
  untilSafe?(): Promise<void>;
  /**
   * Free bytes for this origin; undefined if the browser does not say. What was free a moment ago is told if it is at least
   * `needed`.
   */
  freeBytes(needed: number): Promise<number | undefined>;
}

/** A line slower than 64 kbit/s counts as broken. */
export const SLOWEST_BYTES_PER_MS = 8;

/** A body as it is sent. */
export type SentBody = Blob | FormData | ArrayBuffer;

/** The details of one request of a task. */
export interface RequestDetails {
  readonly url: string;
  readonly method: string;
  /** In addition to those of the app and the session. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Blob;
  /** The request is signed as it is: `headers` are all of its headers. */
  readonly isSigned?: boolean | undefined;
}

/** An answer whose body is still to be read, and the watchdog of that. */
export interface Exchange {
  /** The URL to which the request was sent, before redirects: its origin is the one that the app trusts. */
  readonly sentUrl: string;
  readonly response: Response;
  readonly watchdog: Watchdog;
  /** A redirect led to this URL of the same origin, which answered. */
  readonly movedTo?: string;
  /** The answer is a redirect that is not followed, for this reason. */
  readonly astray?: Failure;
}

/** One attempt at one task. */
export interface Run {
  readonly row: TaskRow;
  readonly configuration: StoredConfiguration;
  readonly host: TransportHost;
  /** Aborted when the task is suspended or cancelled, or the daemon has to stop. */
  readonly signal: AbortSignal;
  /** How many connections the run may hold at once. */
  readonly connections: number;
  /** Keeps only `count` connections from now on, and gives up the rest. */
  keepConnections(count: number): void;
  /** Reads the body to send; undefined if there is none, or it is gone. */
  body(): Promise<BodyContent | undefined>;
  /** Makes a request with what the app and the session want for each. */
  request(details: RequestDetails, signal: AbortSignal): Request;
  /** Asks the app's hook, then sends a request. Rejects as `fetch` does; an outcome ends the run. */
  send(request: Request, body?: SentBody): Promise<Response | Outcome>;
  /** Reports how far the run is, and how fast. */
  readonly progress: RunReport;
  /** Makes and sends one request of an upload. An outcome ends the run. */
  exchange(details: RequestDetails, bytesAcknowledged: number): Promise<Exchange | Outcome>;
  /** Returns how the run ends with an answer that asks for another try; undefined if this was the last try. */
  refusal(response: Response, hasProgressed: boolean): Outcome | undefined;
  /** Writes the answer to an upload to disk. */
  receive(exchange: Exchange): Promise<Outcome>;
  /** Reads an answer without consuming it. */
  peek(exchange: Exchange): Promise<ResponseRow>;
  /** Records how far an upload is. Rejects with `Unwanted` if the task does not want to be sent any more. */
  checkpoint(upload: UploadRow): Promise<void>;
  /** The byte at which another transport takes over; undefined if none does. May change during the run. */
  limit(): number | undefined;
  /** Returns the outcome of an attempt that threw `error`. */
  outcomeOf(error: unknown): Outcome;
  /** Something that is shown has changed. */
  report(facts: LiveFacts): void;
  /** The run resumes at `offset`: a download from the disk, an upload from what the server has. */
  reportResumed(offset: number): void;
}

/** Moves the bytes in one attempt. Writes only bytes, and returns what became of the attempt. */
export type Transport = (run: Run) => Promise<Outcome>;
