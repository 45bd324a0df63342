import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FIRST_PACE, type Pace, paceAfter, type TimedAnswer } from "../../../../src/sw/decisions/pace.ts";

/** The pace after these answers, one after the other. */
function paceOf(answers: readonly Partial<TimedAnswer>[], from: Pace = FIRST_PACE): Pace {
  let now = Math.max(0, from.narrowedAt);
  return answers.reduce<Pace>((pace, answer) => {
    now += 10;
    return paceAfter(pace, { status: 200, sentAt: now, respondedAt: now + 50, ...answer });
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

  it.each([429, 503])(
    "is halved by a %i, once for all that were sent before, and then grows slowly",
    (status) => {
      const wide = paceOf(many(26));
      const sentAt = 1_000;
      const narrowed = paceAfter(wide, { status, sentAt, respondedAt: sentAt + 50 });
      expect(narrowed.width).toBe(16);
      const late = paceAfter(narrowed, { status, sentAt: sentAt + 49, respondedAt: sentAt + 60 });
      expect(late.width).toBe(16);
      const again = paceAfter(late, { status, sentAt: sentAt + 50, respondedAt: sentAt + 100 });
      expect(again.width).toBe(8);
      expect(paceOf(many(8), again).width).toBe(9);
    },
  );

  it.each([300, 300_000])("is halved if answers become slower, but not by a single one of %i ms", (ms) => {
    const wide = paceOf(many(26));
    const slow = { sentAt: 1_000, respondedAt: 1_000 + ms };
    expect(paceOf([slow], wide).width).toBe(33);
    expect(paceOf(many(8, slow), wide).width).toBeLessThan(32);
  });

  it("accepts that a server has become slower for good", () => {
    const slow = many(400).map((_, nth) => ({ sentAt: 10_000 + nth * 300, respondedAt: 10_300 + nth * 300 }));
    const after = paceOf(slow, paceOf(many(26)));
    expect(after.fastestMs).toBe(300);
    expect(after.width).toBeGreaterThan(FIRST_PACE.width);
  });

  it("stays between six and sixty-four, whatever the answers and the clock say", () => {
    const anyAnswer = fc.record({
      status: fc.constantFrom(200, 404, 429, 503),
      sentAt: fc.integer({ min: -1_000, max: 100_000 }),
      respondedAt: fc.integer({ min: -1_000, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(anyAnswer, { maxLength: 200 }), (answers) => {
        for (let nth = 1; nth <= answers.length; nth += 1) {
          const { width } = answers.slice(0, nth).reduce(paceAfter, FIRST_PACE);
          expect(width).toBeGreaterThanOrEqual(6);
          expect(width).toBeLessThanOrEqual(64);
        }
      }),
      { numRuns: 50 },
    );
  });
});
