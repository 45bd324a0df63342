import type { StoredConfiguration } from "../../protocol/configuration.ts";
import { isIdempotent } from "../../protocol/request-record.ts";
import type { BackoffRow, TaskRow } from "../../store/schema.ts";

/** Answers that ask for another try (T9). */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export function isRetryable(status: number): boolean {
  return RETRYABLE_STATUSES.has(status);
}

/** Whether a request may be sent again if its fate is unknown (T10). */
export function mayRepeat(row: TaskRow, configuration: StoredConfiguration): boolean {
  // The server of a resumable upload knows what it has.
  if (row.upload?.protocol !== undefined) return true;
  return isIdempotent(row.request.method) || retryOf(row, configuration).unsafe;
}

export function retryOf(row: TaskRow, configuration: StoredConfiguration): StoredConfiguration["retry"] {
  return row.retry ?? configuration.retry;
}

/** Returns the backoff of a row after one more try without progress. */
export function nextBackoff(
  row: TaskRow,
  { now, jitter }: { readonly now: number; readonly jitter: number },
  {
    floorMs = 0,
    isUnanswered = false,
    why,
  }: Partial<Pick<BackoffRow, "floorMs" | "isUnanswered" | "why">> = {},
): BackoffRow {
  return { since: now, tries: (row.backoff?.tries ?? 0) + 1, jitter, floorMs, isUnanswered, why };
}

/** A server that asks for years has made a mistake, which may be fixed sooner. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** Returns the milliseconds that a `Retry-After` asks for, in seconds or as a date; 0 if there is none. */
export function retryAfterMs(value: string | null, now: number): number {
  if (value === null) return 0;
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(delay) ? 0 : Math.min(Math.max(0, delay), MAX_RETRY_AFTER_MS);
}
