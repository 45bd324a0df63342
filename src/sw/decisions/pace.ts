/** A host that multiplexes gets as many short requests at once as an HTTP/1.1 host, until it has shown that it keeps up. */
const FEWEST = 6;
/** More than all sessions together may send. */
const MOST = 64;
/** The statuses by which a server says that it has too much to do. */
const OVERLOADED: readonly number[] = [429, 503];
/** Answers are slow if they take this much longer than twice the usual time. */
const SLACK_MS = 50;
/** It grows if this share of it is in use. */
const USED = 3 / 4;
/** How much each answer counts for the recent time, and for the growth after the first narrowing. */
const SHARE = 1 / 8;
/** How much it counts for the usual time. */
const USUAL_SHARE = 1 / 64;

/** How many short requests a host that multiplexes gets at once. It lives in memory: a new worker starts anew. */
export interface Pace {
  /** It grows by fractions. */
  readonly width: number;
  /** Moving averages; 0 before the first answer. */
  readonly usualMs: number;
  readonly recentMs: number;
  /** What was sent before says nothing about the width since then. Milliseconds since the epoch; 0 if it never was. */
  readonly narrowedAt: number;
}

export const FIRST_PACE: Pace = { width: FEWEST, usualMs: 0, recentMs: 0, narrowedAt: 0 };

/** An answer of the host; times in milliseconds since the epoch. */
export interface TimedAnswer {
  readonly status: number;
  readonly sentAt: number;
  readonly respondedAt: number;
}

/**
 * Returns the pace after an answer. As TCP does: it doubles with each round until the server has enough, is then halved,
 * and grows slowly from there.
 * @param inUse how many short requests the host had at once, this one included
 */
export function paceAfter(pace: Pace, { status, sentAt, respondedAt }: TimedAnswer, inUse: number): Pace {
  const { width, usualMs, recentMs, narrowedAt } = pace;
  if (sentAt < narrowedAt) return pace;
  const narrowed = {
    ...pace,
    width: Math.max(FEWEST, width / 2),
    recentMs: usualMs,
    narrowedAt: respondedAt,
  };
  // A refusal comes faster than an answer.
  if (OVERLOADED.includes(status)) return narrowed;
  const limitMs = 2 * usualMs + SLACK_MS;
  // Twice the limit at most: a single answer that the server holds back, as in a long poll, says little.
  const ms = Math.min(Math.max(1, respondedAt - sentAt), usualMs === 0 ? Infinity : 2 * limitMs);
  const average = (before: number, share: number) => (before === 0 ? ms : before + (ms - before) * share);
  const next = { ...pace, usualMs: average(usualMs, USUAL_SHARE), recentMs: average(recentMs, SHARE) };
  if (usualMs > 0 && next.recentMs > limitMs) return narrowed;
  // A server that is asked for little has not shown that it keeps up with more.
  const growth = inUse < USED * width ? 0 : narrowedAt === 0 ? 1 : SHARE;
  return { ...next, width: Math.min(MOST, width + growth) };
}
