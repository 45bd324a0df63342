/** A host that multiplexes gets as many short requests at once as an HTTP/1.1 host, until it has shown that it keeps up. */
const FEWEST = 6;
/** More than all sessions together may send. */
const MOST = 64;
/** The statuses by which a server says that it has too much to do. */
const OVERLOADED: readonly number[] = [429, 503];
/** Answers are slow if they take this much longer than twice the fastest. */
const SLACK_MS = 50;
/** Each answer counts an eighth: of the recent time, and in growth after the first narrowing. */
const SHARE = 1 / 8;
/** The fastest answer is forgotten by a hundredth with each answer: a server that has become slower is not held to it. */
const FORGET = 1.01;

/** How many short requests a host that multiplexes gets at once. It lives in memory: a new worker starts anew. */
export interface Pace {
  /** It grows by fractions. */
  readonly width: number;
  readonly fastestMs: number;
  /** A moving average. */
  readonly recentMs: number;
  /** What was sent before says nothing about the width since then. Milliseconds since the epoch; 0 if it never was. */
  readonly narrowedAt: number;
}

export const FIRST_PACE: Pace = {
  width: FEWEST,
  fastestMs: Number.POSITIVE_INFINITY,
  recentMs: 0,
  narrowedAt: 0,
};

/** An answer of the host; times in milliseconds since the epoch. */
export interface TimedAnswer {
  readonly status: number;
  readonly sentAt: number;
  readonly respondedAt: number;
}

/**
 * Returns the pace after an answer. As TCP does: it doubles with each round until the server has enough, is then halved,
 * and grows slowly from there.
 */
export function paceAfter(pace: Pace, { status, sentAt, respondedAt }: TimedAnswer): Pace {
  const ms = Math.max(0, respondedAt - sentAt);
  const fastestMs = Math.min(ms, pace.fastestMs * FORGET);
  // Twice the limit at most: a single answer that the server holds back, as in a long poll, says little.
  const limitMs = 2 * fastestMs + SLACK_MS;
  const recentMs = pace.recentMs + (Math.min(ms, 2 * limitMs) - pace.recentMs) * SHARE;
  const next = { ...pace, fastestMs, recentMs };
  const isTooMuch = OVERLOADED.includes(status) || recentMs > limitMs;
  if (isTooMuch && sentAt < pace.narrowedAt) return next;
  return isTooMuch
    ? { ...next, width: Math.max(FEWEST, pace.width / 2), recentMs: fastestMs, narrowedAt: respondedAt }
    : { ...next, width: Math.min(MOST, pace.width + (pace.narrowedAt === 0 ? 1 : SHARE)) };
}
