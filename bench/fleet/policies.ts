import {
  BACKOFF_BASE_MS,
  BACKOFF_CAP_MS,
  BACKOFF_CAP_VISIBLE_MS,
  dueTime,
} from "../../src/store/due-time.ts";

/** The client's knowledge after a failed attempt. */
export interface Failure {
  readonly now: number;
  /** Failed attempts in a row, from 1. */
  readonly tries: number;
  /** The wait before this attempt. */
  readonly waitedMs: number;
  /** The server's Retry-After; 0 if it sent none. */
  readonly retryAfterMs: number;
  random(): number;
}

export interface Policy {
  readonly name: string;
  /** The time of the next attempt. */
  next(failure: Failure): number;
}

const FIXED_MS = 60_000;

function exponential(tries: number): number {
  return Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(tries - 1, 30));
}

function obeying(name: string, delayOf: (failure: Failure) => number): Policy {
  return { name, next: (failure) => failure.now + Math.max(failure.retryAfterMs, delayOf(failure)) };
}

/** The daemon's own policy. */
function ours(name: string, isVisible: boolean): Policy {
  return {
    name,
    next({ now, tries, retryAfterMs: floorMs, random }) {
      const backoff = { since: now, tries, jitter: random(), floorMs, isUnanswered: floorMs === 0 };
      return dueTime(backoff, { now, isVisible, onlineSince: 0 });
    },
  };
}

export const POLICIES: readonly Policy[] = [
  obeying("every 60 s", () => FIXED_MS),
  obeying("exponential, no jitter", ({ tries }) => exponential(tries)),
  obeying("exponential, equal jitter", ({ tries, random }) => (exponential(tries) * (1 + random())) / 2),
  obeying("decorrelated jitter", ({ waitedMs, random }) => {
    const highest = Math.max(BACKOFF_BASE_MS, 3 * waitedMs);
    return Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS + random() * (highest - BACKOFF_BASE_MS));
  }),
  // Treats Retry-After only as a lower bound.
  obeying("full jitter, Retry-After as a floor", ({ tries, random }) => random() * exponential(tries)),
  ours(`ours, hidden (${BACKOFF_CAP_MS / 60_000} min)`, false),
  ours(`ours, visible (${BACKOFF_CAP_VISIBLE_MS / 1_000} s)`, true),
];
