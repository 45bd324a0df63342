import type { BackoffRow } from "./schema.ts";

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
