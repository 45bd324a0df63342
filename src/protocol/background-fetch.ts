import { isRecord } from "./checks.ts";
import type { RequestRecord } from "./request-record.ts";
import { fits } from "./shape.ts";

/** The API as Chromium has it, which TypeScript does not declare: https://wicg.github.io/background-fetch/ */
export interface BackgroundFetchManager {
  fetch(
    id: string,
    requests: Request[],
    options?: BackgroundFetchOptions,
  ): Promise<BackgroundFetchRegistration>;
  get(id: string): Promise<BackgroundFetchRegistration | undefined>;
  getIds(): Promise<string[]>;
}

export interface BackgroundFetchOptions {
  readonly title?: string;
  readonly icons?: readonly { readonly src: string }[];
  readonly downloadTotal?: number;
}

export interface BackgroundFetchRegistration extends EventTarget {
  readonly id: string;
  /** Empty while it is in progress. */
  readonly result: "" | "success" | "failure";
  readonly failureReason: BackgroundFetchFailure;
  readonly downloaded: number;
  abort(): Promise<boolean>;
  matchAll(): Promise<readonly BackgroundFetchRecord[]>;
}

export type BackgroundFetchFailure =
  | ""
  | "aborted"
  | "bad-status"
  | "fetch-error"
  | "quota-exceeded"
  | "download-total-exceeded";

export interface BackgroundFetchRecord {
  readonly request: Request;
  /** Rejects if there was no answer. */
  readonly responseReady: Promise<Response>;
}

/** Ids of our registrations begin with it; the app's own registrations are left alone. */
export const FETCH_PREFIX = "background-session:";

/**
 * Returns a new id for a registration that fetches these tasks. The id names them, so that any worker that finds the
 * registration can handle it, even if the page was closed before it could report the start.
 */
export function fetchIdFor(tasks: readonly CarriedTask[]): string {
  return `${FETCH_PREFIX}${crypto.randomUUID()} ${JSON.stringify(tasks)}`;
}

/** Returns the tasks that such an id names, unchecked; undefined if it names none, as in earlier versions. */
export function tasksInFetchId(id: string): unknown {
  try {
    return JSON.parse(id.slice(id.indexOf(" ")));
  } catch {
    return undefined;
  }
}

/** What a page asks the browser to fetch, in one registration: a page may not start many. */
export interface FetchOffer {
  /** The id of the registration. */
  readonly id: string;
  readonly options: BackgroundFetchOptions;
  readonly tasks: readonly OfferedTask[];
}

/** Whether `value` has what a page needs of an offer. */
export function isFetchOffer(value: unknown): value is FetchOffer {
  return fits(value, { id: "", options: isRecord, tasks: [{ request: isRecord }] });
}

export interface OfferedTask {
  readonly session: string;
  readonly key: string;
  /** The request as it is sent; its body is in the database. */
  readonly request: RequestRecord;
  readonly hasBody: boolean;
  readonly bodyOf?: string;
  /** The first byte that it requests. */
  readonly start: number;
  /** The file that the bytes before it belong to. */
  readonly fileId?: string;
  readonly reason: TransportReason;
}

/** The part of an offer that is stored with the tasks when a page has started it. */
export type CarriedTask = Pick<OfferedTask, "session" | "key" | "start" | "fileId" | "reason">;

export function carriedTask({ session, key, start, fileId, reason }: CarriedTask): CarriedTask {
  return { session, key, start, reason, ...(fileId !== undefined && { fileId }) };
}

/** The result of an offer. */
export type FetchStart = { readonly isStarted: true } | { readonly isStarted: false; readonly error: string };

/** The daemon's request to one page, with a port for a `FetchStart`. */
export interface StartFetchMessage {
  readonly backgroundSession: "start-fetch";
  readonly offer: FetchOffer;
}

/** What transfers the bytes of a task: the daemon (`"worker"`), or the browser itself (`"background-fetch"`). */
export type TransportWay = "worker" | "background-fetch";

export const TRANSPORT_REASONS = [
  "asked-for",
  "page-open",
  "page-hidden",
  "page-leaving",
  "no-page",
  "little-left",
  "unknown-length",
  "no-strong-etag",
  "under-way",
  "body-on-disk",
  "not-repeatable",
  "turned-back",
  "refused",
  "too-many",
  "not-supported",
  "not-allowed",
  "will-send",
  "upload-protocol",
  "data-task",
  "credentials",
  "preflight",
  "request-mode",
  "network-constraints",
] as const;

/** Why a task uses its transport. docs/transports.md explains each reason. */
export type TransportReason = (typeof TRANSPORT_REASONS)[number];
