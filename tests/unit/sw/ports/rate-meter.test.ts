import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateMeter } from "../../../../src/sw/ports/rate-meter.ts";

describe("RateMeter", () => {
  it("is undefined in the first half second", () => {
    const meter = new RateMeter(0);
    meter.add(1_000, 499);
    expect(meter.bytesPerSecond).toBeUndefined();
    meter.add(0, 500);
    expect(meter.bytesPerSecond).toBe(2_000);
  });

  it("measures a steady stream exactly", () => {
    const meter = new RateMeter(0);
    for (let now = 100; now <= 10_000; now += 100) meter.add(5_000, now);
    expect(meter.bytesPerSecond).toBeCloseTo(50_000);
  });

  it("follows a change within about three seconds", () => {
    const meter = new RateMeter(0);
    for (let now = 100; now <= 5_000; now += 100) meter.add(10_000, now);
    for (let now = 5_100; now <= 8_000; now += 100) meter.add(1_000, now);
    expect(meter.bytesPerSecond).toBeLessThan(25_000);
    expect(meter.bytesPerSecond).toBeGreaterThanOrEqual(10_000);
  });

  it("stays between the slowest and the fastest rate", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 1 }), (windows) => {
        const meter = new RateMeter(0);
        for (const [index, bytes] of windows.entries()) meter.add(bytes, (index + 1) * 500);
        const rates = windows.map((bytes) => bytes * 2);
        expect(meter.bytesPerSecond).toBeGreaterThanOrEqual(Math.min(...rates) - 1);
        expect(meter.bytesPerSecond).toBeLessThanOrEqual(Math.max(...rates) + 1);
      }),
    );
  });
});
