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

export const BACKOFF_BASE_MS = 1_000;
/** While a page is visible. */
export const BACKOFF_CAP_VISIBLE_MS = 60_000;
export const BACKOFF_CAP_MS: number = 15 * 60_000;

export interface RetryConditions {
  readonly now: number;
  readonly isVisible: boolean;
  /** When the network was last reported back. */
  readonly onlineSince: number;
}

/**
 * Returns when the next attempt is due: full jitter over an exponential delay, which starts after `Retry-After`. It
 * depends only on the row and the conditions, so a page that becomes visible shortens the wait, and a clock that was set
 * back does not prolong it.
 */
export function dueTime(backoff: BackoffRow, conditions: RetryConditions): number {
  const { since, tries, jitter, floorMs, isUnanswered } = backoff;
  const isClockSetBack = conditions.now < since;
  const isNetworkBack = isUnanswered && conditions.onlineSince > since;
  if (isClockSetBack || isNetworkBack) return conditions.now;
  const cap = conditions.isVisible ? BACKOFF_CAP_VISIBLE_MS : BACKOFF_CAP_MS;
  const ceiling = Math.min(cap, BACKOFF_BASE_MS * 2 ** Math.min(tries - 1, 30));
  // Without jitter, clients that were refused together would come back together.
  return since + floorMs + jitter * Math.max(ceiling, floorMs / 2);
}

/** Returns the backoff of a row after one more try without progress. */
export function nextBackoff(
  row: TaskRow,
  { now, jitter }: { readonly now: number; readonly jitter: number },
  { floorMs = 0, isUnanswered = false }: { floorMs?: number; isUnanswered?: boolean } = {},
): BackoffRow {
  return { since: now, tries: (row.backoff?.tries ?? 0) + 1, jitter, floorMs, isUnanswered };
}

/** A server that asks for years has made a mistake, which may be fixed sooner. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** Returns the milliseconds that a `Retry-After` asks for, in seconds or as a date; 0 if there is none. */
export function retryAfterMs(value: string | null, now: number): number {
  if (value === null) return 0;
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(delay) ? 0 : Math.min(Math.max(0, delay), MAX_RETRY_AFTER_MS);
}
