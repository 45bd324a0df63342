import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RangeRow } from "../../../../src/store/schema.ts";
import {
  countedRanges,
  countOf,
  gapsIn,
  lengthOfAll,
  rangesOf,
  withPart,
} from "../../../../src/sw/decisions/byte-ranges.ts";
import { casesOf } from "../../../support/fuzz.ts";

const TOTAL = 30;

/** The bytes that are in some range. */
function bytesIn(ranges: readonly RangeRow[]): number[] {
  return ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, index) => start + index));
}

/** In order, with a gap before each. */
const anyRanges: fc.Arbitrary<RangeRow[]> = fc
  .uniqueArray(fc.nat(TOTAL), { minLength: 0, maxLength: 8 })
  .map((edges) => edges.sort((a, b) => a - b))
  .map((edges) =>
    Array.from(
      { length: Math.floor(edges.length / 2) },
      (_, index): RangeRow => [edges[2 * index] as number, edges[2 * index + 1] as number],
    ),
  );

describe("ranges of bytes", () => {
  it("parts that touch are one range", () => {
    const parts = [0, 3, 7, 10].map((offset) => ({ offset, sizeBytes: 3 }));
    expect(rangesOf(parts)).toEqual([
      [0, 6],
      [7, 13],
    ]);
    expect(rangesOf([])).toEqual([]);
  });

  it("the row counts the ranges without loss", () => {
    fc.assert(
      fc.property(anyRanges, (ranges) => {
        const { bytesReceived, ranges: others } = countOf(ranges);
        const file = { fileId: "", isTotalSure: true, isSameOrigin: true, ranges: others };
        expect(countedRanges({ bytesReceived, file })).toEqual(ranges);
        expect(bytesReceived + lengthOfAll(others)).toBe(lengthOfAll(ranges));
        // An earlier version reads the count of bytes from 0 on.
        expect(bytesIn(ranges).slice(0, bytesReceived)).toEqual(bytesIn([[0, bytesReceived]]));
      }),
      { numRuns: casesOf(300) },
    );
  });

  it("gaps are what is missing", () => {
    fc.assert(
      fc.property(anyRanges, (ranges) => {
        const all = [...bytesIn(ranges), ...bytesIn(gapsIn(ranges, TOTAL))].sort((a, b) => a - b);
        expect(all).toEqual(bytesIn([[0, TOTAL]]));
      }),
      { numRuns: casesOf(300) },
    );
  });

  it("a part replaces what was from its offset up to the end of its segment, and nothing else", () => {
    const anyPart = fc
      .uniqueArray(fc.nat(TOTAL), { minLength: 3, maxLength: 3 })
      .map((edges) => edges.sort((a, b) => a - b) as [number, number, number]);
    fc.assert(
      fc.property(anyRanges, anyPart, (ranges, [offset, partEnd, end]) => {
        const now = withPart(ranges, { offset, sizeBytes: partEnd - offset }, end);
        const others = bytesIn(ranges).filter((byte) => byte < offset || byte >= end);
        const expected = [...others, ...bytesIn([[offset, partEnd]])].sort((a, b) => a - b);
        expect(bytesIn(now)).toEqual(expected);
        expect(now).toEqual(rangesOf(now.map(([start, to]) => ({ offset: start, sizeBytes: to - start }))));
      }),
      { numRuns: casesOf(500) },
    );
  });
});
