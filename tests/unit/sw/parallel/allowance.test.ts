import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Allowance, FIRST_BYTES, rangeBytes } from "../../../../src/sw/parallel/allowance.ts";

const KIB = 1024;
const anyRate = fc.integer({ min: 16 * KIB, max: 1024 * KIB * KIB });

describe("rangeBytes", () => {
  it.each([
    [16 * KIB, 64 * KIB],
    [32 * KIB, 64 * KIB],
    [1_000_000, 2_000_000],
    [100_000_000, 8 * KIB * KIB],
  ])("at %d bytes per second a range has %d bytes", (rate, bytes) => {
    expect(rangeBytes(rate)).toBe(bytes);
    expect(rangeBytes(rate)).toBeGreaterThanOrEqual(FIRST_BYTES);
  });
});

describe("Allowance", () => {
  /** Waits, takes at most so much, and gives back a share of it. */
  const anyStep = fc.record({
    waitMs: fc.integer({ min: 0, max: 5_000 }),
    most: fc.integer({ min: 1, max: 10 * KIB * KIB }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it("never allows more than rate × time and one range, whatever is given back", () => {
    fc.assert(
      fc.property(anyRate, fc.array(anyStep), (rate, steps) => {
        const allowance = new Allowance(0);
        allowance.setRate(rate, 0);
        let now = 0;
        let taken = 0;
        for (const { waitMs, most, share } of steps) {
          now += waitMs;
          if (allowance.waitMs(now) > 0) continue;
          const bytes = Math.min(most, rangeBytes(rate));
          allowance.take(bytes);
          taken += bytes;
          expect(taken).toBeLessThanOrEqual((rate * now) / 1000 + rangeBytes(rate));
          const unused = Math.floor(bytes * share);
          allowance.giveBack(unused);
          taken -= unused;
        }
      }),
    );
  });

  it("allows the next range when its time has come, and uses all of the rate if it is always wanted", () => {
    fc.assert(
      fc.property(anyRate, fc.integer({ min: 1, max: 50 }), (rate, count) => {
        const allowance = new Allowance(0);
        allowance.setRate(rate, 0);
        let now = 0;
        for (let nth = 0; nth < count; nth += 1) {
          now += allowance.waitMs(now);
          expect(allowance.waitMs(now)).toBe(0);
          allowance.take(rangeBytes(rate));
        }
        const spentMs = ((count - 1) * rangeBytes(rate) * 1000) / rate;
        // Each wait is a whole number of milliseconds.
        expect(now).toBeGreaterThanOrEqual(Math.floor(spentMs));
        expect(now).toBeLessThanOrEqual(spentMs + count);
      }),
    );
  });

  it("saves nothing up while nobody asks", () => {
    const allowance = new Allowance(0);
    allowance.setRate(100_000, 0);
    allowance.take(200_000);
    expect(allowance.waitMs(3_600_000)).toBe(0);
    allowance.take(200_000);
    expect(allowance.waitMs(3_600_000)).toBe(2_000);
  });

  it("waits no longer if the clock is set back", () => {
    const allowance = new Allowance(3_600_000);
    allowance.setRate(100_000, 3_600_000);
    allowance.take(200_000);
    expect(allowance.waitMs(0)).toBe(2_000);
    expect(allowance.waitMs(1_500)).toBe(500);
  });

  it("what was taken at one rate is paid for at the next one", () => {
    const allowance = new Allowance(0);
    allowance.setRate(100_000, 0);
    allowance.take(200_000);
    allowance.setRate(50_000, 1_000);
    expect(allowance.waitMs(1_000)).toBe(2_000);
    allowance.setRate(0, 1_000);
    expect(allowance.waitMs(1_000)).toBe(0);
  });
});
