import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BACKOFF_BASE_MS,
  BACKOFF_CAP_MS,
  BACKOFF_CAP_VISIBLE_MS,
  dueTime,
} from "../../../../src/store/due-time.ts";
import type { BackoffRow } from "../../../../src/store/schema.ts";
import { isRetryable, retryAfterMs } from "../../../../src/sw/decisions/retry-policy.ts";

const SINCE = 1_000_000;

const anyBackoff: fc.Arbitrary<BackoffRow> = fc.record({
  since: fc.constant(SINCE),
  tries: fc.integer({ min: 1, max: 2_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  floorMs: fc.constantFrom(0, 5, 120_000, 86_400_000),
  isUnanswered: fc.boolean(),
});

function ceilingMs(tries: number, isVisible: boolean): number {
  return Math.min(isVisible ? BACKOFF_CAP_VISIBLE_MS : BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** (tries - 1));
}

describe("dueTime", () => {
  const waiting = { now: SINCE, onlineSince: 0 };

  it("lies between Retry-After and an exponential ceiling beyond it, or half as much again", () => {
    fc.assert(
      fc.property(anyBackoff, fc.boolean(), (backoff, isVisible) => {
        const delayMs = dueTime(backoff, { ...waiting, isVisible }) - SINCE;
        expect(delayMs).toBeGreaterThanOrEqual(backoff.floorMs);
        const spreadMs = Math.max(ceilingMs(backoff.tries, isVisible), backoff.floorMs / 2);
        expect(delayMs).toBeLessThanOrEqual(backoff.floorMs + spreadMs);
      }),
    );
  });

  it("spreads over all of it: the jitter is full", () => {
    const backoff = { since: SINCE, tries: 5, floorMs: 0, isUnanswered: false };
    const delays = [0, 0.25, 1].map(
      (jitter) => dueTime({ ...backoff, jitter }, { ...waiting, isVisible: false }) - SINCE,
    );
    expect(delays).toEqual([0, 4_000, 16_000]);
  });

  it("clients that were refused together come back spread over half of Retry-After", () => {
    const backoff = { since: SINCE, tries: 1, floorMs: 120_000, isUnanswered: false };
    const delays = [0, 0.5, 1].map(
      (jitter) => dueTime({ ...backoff, jitter }, { ...waiting, isVisible: true }) - SINCE,
    );
    expect(delays).toEqual([120_000, 150_000, 180_000]);
  });

  it.each([
    [true, 60_000],
    [false, 900_000],
  ])("page visible: %s: never more than %d ms, however often it was tried", (isVisible, capMs) => {
    const backoff = { since: SINCE, tries: 1_000, jitter: 1, floorMs: 0, isUnanswered: false };
    expect(dueTime(backoff, { ...waiting, isVisible })).toBe(SINCE + capMs);
  });

  it("a page that becomes visible shortens the wait and never prolongs it", () => {
    fc.assert(
      fc.property(anyBackoff, (backoff) => {
        const hidden = dueTime(backoff, { ...waiting, isVisible: false });
        expect(dueTime(backoff, { ...waiting, isVisible: true })).toBeLessThanOrEqual(hidden);
      }),
    );
  });

  it("if the clock was set back, the attempt is due at once", () => {
    fc.assert(
      fc.property(anyBackoff, fc.integer({ max: SINCE - 1 }), fc.boolean(), (backoff, now, isVisible) => {
        expect(dueTime(backoff, { now, isVisible, onlineSince: 0 })).toBeLessThanOrEqual(now);
      }),
    );
  });

  it("when the network returns, only what got no answer is due at once", () => {
    fc.assert(
      fc.property(anyBackoff, fc.nat(1_000), (backoff, later) => {
        const now = SINCE + 1 + later;
        const back = dueTime(backoff, { now, isVisible: true, onlineSince: SINCE + 1 });
        const away = dueTime(backoff, { now, isVisible: true, onlineSince: SINCE - 1 });
        if (backoff.isUnanswered) expect(back).toBeLessThanOrEqual(now);
        else expect(back).toBe(away);
      }),
    );
  });
});

describe("retryAfterMs", () => {
  const now = Date.parse("Wed, 21 Oct 2015 07:28:00 GMT");

  it.each([
    [null, 0],
    ["120", 120_000],
    ["0", 0],
    ["Wed, 21 Oct 2015 07:29:00 GMT", 60_000],
    ["Wed, 21 Oct 2015 07:27:00 GMT", 0],
    ["soon", 0],
    ["-5", 0],
    ["", 0],
    ["1e3", 0],
    ["12.5", 0],
    ["86400", 86_400_000],
    // A day at the most.
    ["86401", 86_400_000],
    ["9".repeat(400), 86_400_000],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 86_400_000],
  ])("%j asks for %d ms", (value, delayMs) => {
    expect(retryAfterMs(value, now)).toBe(delayMs);
  });

  it("is never negative or NaN, whatever the server sends", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const delayMs = retryAfterMs(value, now);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(86_400_000);
      }),
    );
  });
});

describe("isRetryable", () => {
  it("is true for the seven statuses that ask for another try, and for no other", () => {
    const statuses = Array.from({ length: 1_000 }, (_, status) => status).filter(isRetryable);
    expect(statuses).toEqual([408, 425, 429, 500, 502, 503, 504]);
  });
});
