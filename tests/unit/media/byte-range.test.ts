import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteRangeOf } from "../../../src/media/byte-range.ts";

/** What a header says of ten bytes. */
const OF_TEN: Readonly<Record<string, ReturnType<typeof byteRangeOf>>> = {
  "bytes=0-": { start: 0, end: 10 },
  "bytes=0-0": { start: 0, end: 1 },
  "bytes=2-5": { start: 2, end: 6 },
  "bytes=9-9": { start: 9, end: 10 },
  "bytes=0-10": { start: 0, end: 10 },
  "bytes=0-99": { start: 0, end: 10 },
  "bytes=4-99999999999999999999999": { start: 4, end: 10 },
  "bytes=-3": { start: 7, end: 10 },
  "bytes=-10": { start: 0, end: 10 },
  "bytes=-99": { start: 0, end: 10 },
  "BYTES=2-5": { start: 2, end: 6 },
  "bytes= 2-5": { start: 2, end: 6 },
  "bytes=,2-5,": { start: 2, end: 6 },
  "bytes=10-": "unsatisfiable",
  "bytes=50-": "unsatisfiable",
  "bytes=10-12": "unsatisfiable",
  "bytes=99999999999999999999999-": "unsatisfiable",
  "bytes=-0": "unsatisfiable",
  "bytes=5-2": undefined,
  "bytes=50-2": undefined,
  "bytes=-": undefined,
  "bytes=": undefined,
  "bytes 2-5": undefined,
  "bytes=a-b": undefined,
  "bytes=2-5x": undefined,
  "bytes=+2-5": undefined,
  "bytes=2.0-5": undefined,
  "bytes=--5": undefined,
  "items=2-5": undefined,
  "bytes=0-1,3-4": undefined,
  "bytes=50-,60-": undefined,
  "": undefined,
};

describe("byteRangeOf", () => {
  it.each(Object.entries(OF_TEN))("reads %j of ten bytes", (header, range) => {
    expect(byteRangeOf(header, 10)).toEqual(range);
  });

  it("takes the whole without a header", () => {
    expect(byteRangeOf(null, 10)).toBeUndefined();
  });

  it("finds no first byte in an empty file, and sends the whole instead of its last bytes", () => {
    expect(byteRangeOf("bytes=0-", 0)).toBe("unsatisfiable");
    expect(byteRangeOf("bytes=-0", 0)).toBe("unsatisfiable");
    expect(byteRangeOf("bytes=-5", 0)).toBeUndefined();
  });

  it("never has a range that is empty or goes beyond the file", () => {
    const bound = fc.option(fc.bigInt({ min: 0n, max: 2n ** 70n }), { nil: "" });
    fc.assert(
      fc.property(bound, bound, fc.maxSafeNat(), (first, last, size) => {
        const range = byteRangeOf(`bytes=${first}-${last}`, size);
        if (typeof range !== "object") return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.start).toBeLessThan(range.end);
        expect(range.end).toBeLessThanOrEqual(size);
      }),
    );
  });
});
