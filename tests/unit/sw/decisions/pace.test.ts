import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FIRST_PACE, type Pace, paceAfter, type TimedAnswer } from "../../../../src/sw/decisions/pace.ts";

/** The pace after these answers, one after the other; the host has as many at once as it may. */
function paceOf(answers: readonly Partial<TimedAnswer>[], from: Pace = FIRST_PACE): Pace {
  let now = Math.max(0, from.narrowedAt);
  return answers.reduce<Pace>((pace, answer) => {
    now += 10;
    return paceAfter(pace, { status: 200, sentAt: now, respondedAt: now + 50, ...answer }, pace.width);
  }, from);
}

const many = (count: number, answer: Partial<TimedAnswer> = {}): Partial<TimedAnswer>[] =>
  Array.from({ length: count }, () => answer);

describe("the pace of a host that multiplexes", () => {
  it("begins with six and grows by one with each answer: it doubles with each round", () => {
    expect(FIRST_PACE.width).toBe(6);
    expect(paceOf(many(6)).width).toBe(12);
    expect(paceOf(many(26)).width).toBe(32);
  });

  it("does not grow while the host is asked for little", () => {
    const answer = { status: 200, sentAt: 1_000, respondedAt: 1_050 };
    let pace = FIRST_PACE;
    for (let nth = 0; nth < 50; nth += 1) pace = paceAfter(pace, answer, 1);
    expect(pace.width).toBe(6);
    expect(paceAfter(pace, answer, 5).width).toBe(7);
  });

  it.each([429, 503])(
    "is halved by a %i, once for all that were sent before, and then grows slowly",
    (status) => {
      const wide = paceOf(many(26));
      const sentAt = 1_000;
      // A refusal may come at once.
      const narrowed = paceAfter(wide, { status, sentAt, respondedAt: sentAt + 1 }, 32);
      expect(narrowed.width).toBe(16);
      const late = paceAfter(narrowed, { status, sentAt, respondedAt: sentAt + 60 }, 32);
      expect(late).toBe(narrowed);
      const again = paceAfter(late, { status, sentAt: sentAt + 1, respondedAt: sentAt + 100 }, 16);
      expect(again.width).toBe(8);
      expect(paceOf(many(8), again).width).toBe(9);
    },
  );

  it.each([300, 300_000])("is halved if answers become slower, but not by a single one of %i ms", (ms) => {
    const wide = paceOf(many(26));
    const slow = { sentAt: 1_000, respondedAt: 1_000 + ms };
    expect(paceOf([slow], wide).width).toBe(33);
    expect(paceOf(many(12, slow), wide).width).toBeLessThan(32);
  });

  it("a burst that was too much halves it once", () => {
    const wide = paceOf(many(26));
    const slow = many(64, { sentAt: 1_000, respondedAt: 1_500 });
    const after = paceOf(slow, wide);
    expect(after.width).toBeGreaterThanOrEqual(16);
    const next = paceAfter(after, { status: 200, sentAt: 1_500, respondedAt: 1_555 }, 16);
    expect(next.width).toBeGreaterThan(after.width);
  });

  it("does not mind a host of which some answers are always fast and others slow", () => {
    const mixed = Array.from({ length: 400 }, (_, nth) => ({
      sentAt: 10_000 + nth * 10,
      respondedAt: 10_000 + nth * 10 + (nth % 2 === 0 ? 5 : 200),
    }));
    expect(paceOf(mixed).width).toBeGreaterThan(32);
  });

  it("accepts that a server has become slower for good", () => {
    const slow = many(800).map((_, nth) => ({ sentAt: 10_000 + nth * 300, respondedAt: 10_300 + nth * 300 }));
    const after = paceOf(slow, paceOf(many(26)));
    expect(after.usualMs).toBeGreaterThan(250);
    expect(after.width).toBeGreaterThan(32);
  });

  it("stays between six and sixty-four, whatever the answers and the clock say", () => {
    const anyAnswer = fc.record({
      status: fc.constantFrom(200, 404, 429, 503),
      sentAt: fc.integer({ min: -1_000, max: 100_000 }),
      respondedAt: fc.integer({ min: -1_000, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(anyAnswer, { maxLength: 200 }), fc.nat(64), (answers, inUse) => {
        let pace = FIRST_PACE;
        for (const answer of answers) {
          pace = paceAfter(pace, answer, inUse);
          expect(pace.width).toBeGreaterThanOrEqual(6);
          expect(pace.width).toBeLessThanOrEqual(64);
        }
      }),
    );
  });
});
