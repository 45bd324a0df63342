import { isRecord } from "./checks.ts";
import type { RequestRecord } from "./request-record.ts";
import { fits } from "./shape.ts";

/** What Chromium has beyond the types: https://wicg.github.io/background-fetch/ */
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
  /** Empty while it is under way. */
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
  /** Rejects where it was never answered. */
  readonly responseReady: Promise<Response>;
}

/** Ids of our registrations begin with it; those of the app's own are left alone. */
export const FETCH_PREFIX = "background-session:";

/**
 * Returns a fresh id for a registration that fetches these tasks. The id says what it is for: any worker that finds the
 * registration can take it up, even if nobody lived to tell that it was started.
 */
export function fetchIdFor(tasks: readonly CarriedTask[]): string {
  return `${FETCH_PREFIX}${crypto.randomUUID()} ${JSON.stringify(tasks)}`;
}

/** Returns what such an id says, unchecked; undefined if it says nothing, as those of earlier versions. */
export function tasksInFetchId(id: string): unknown {
  try {
    return JSON.parse(id.slice(id.indexOf(" ")));
  } catch {
    return undefined;
  }
}

/** What a page is to have the browser fetch: all of it in one registration, since a page may not start many. */
export interface FetchOffer {
  /** Of the registration. */
  readonly id: string;
  readonly options: BackgroundFetchOptions;
  readonly tasks: readonly OfferedTask[];
}

/** Whether it is an offer, as far as a page relies on what is in it. */
export function isFetchOffer(value: unknown): value is FetchOffer {
  return fits(value, { id: "", options: isRecord, tasks: [{ request: isRecord }] });
}

export interface OfferedTask {
  readonly session: string;
  readonly key: string;
  /** How the request goes out; its body is in the database. */
  readonly request: RequestRecord;
  readonly hasBody: boolean;
  readonly bodyOf?: string;
  /** The first byte that it asks for. */
  readonly start: number;
  /** The file that the bytes before it belong to. */
  readonly fileId?: string;
  readonly reason: TransportReason;
}

/** The part of an offer that is remembered with the tasks, once a page has taken it up. */
export type CarriedTask = Pick<OfferedTask, "session" | "key" | "start" | "fileId" | "reason">;

export function carriedTask({ session, key, start, fileId, reason }: CarriedTask): CarriedTask {
  return { session, key, start, reason, ...(fileId !== undefined && { fileId }) };
}

/** What became of an offer. */
export type FetchStart = { readonly isStarted: true } | { readonly isStarted: false; readonly error: string };

/** The question of the daemon to one page, with a port for a `FetchStart`. */
export interface StartFetchMessage {
  readonly backgroundSession: "start-fetch";
  readonly offer: FetchOffer;
}

/** A way to move the bytes of a task. */
export type TransportWay = "worker" | "background-fetch";

/** Why a task goes the way it goes; docs/transports.md has each. */
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

export type TransportReason = (typeof TRANSPORT_REASONS)[number];
