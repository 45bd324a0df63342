import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileRow, RangeRow } from "../../../../src/store/schema.ts";
import { lengthOfAll, lengthOfRange } from "../../../../src/sw/decisions/byte-ranges.ts";
import {
  cut,
  maySplit,
  middleOf,
  SPLIT_LIMITS,
  type SplitFacts,
} from "../../../../src/sw/decisions/splitting.ts";
import { casesOf } from "../../../support/fuzz.ts";

const MIB = 1024 * 1024;
const TOTAL = 64 * MIB;

const FILE: FileRow = {
  fileId: "key/1",
  total: TOTAL,
  isTotalSure: true,
  validator: { kind: "etag", value: '"1"' },
  isSameOrigin: true,
};

const DATE = { kind: "last-modified", value: "Wed, 21 Oct 2015 07:28:00 GMT" } as const;

type Case = Partial<Omit<SplitFacts, "headers" | "file">> & {
  readonly acceptRanges?: string;
  readonly file?: Partial<FileRow>;
};

function isSplit({ acceptRanges, file, ...facts }: Case): boolean {
  const headers = new Headers(acceptRanges === undefined ? {} : { "accept-ranges": acceptRanges });
  const { total, validator, ...known } = { ...FILE, ...file };
  const whole = { ...known, ...(total !== undefined && { total }), ...(validator && { validator }) };
  const base = { method: "GET", status: 206, start: 0, end: TOTAL };
  return maySplit({ ...base, ...facts, headers, file: whole as FileRow }, SPLIT_LIMITS);
}

const plain = { status: 200, end: undefined };

describe("maySplit", () => {
  it.each<[string, Case]>([
    ["a 206 with all of the file", {}],
    ["a 206 with all of the rest", { start: 48 * MIB }],
    ["a date that is proof", { file: { validator: DATE } }],
    ["a 206 of another origin that shows Content-Range", { file: { isSameOrigin: false } }],
    ["a 200 with Accept-Ranges", { ...plain, acceptRanges: "bytes" }],
    ["a 200 that accepts other units as well", { ...plain, acceptRanges: "items, Bytes" }],
    ["a 200 that accepts other units besides", { ...plain, acceptRanges: "bytes,items" }],
    ["a 200 that accepts other units, without a comma", { ...plain, acceptRanges: "bytes items" }],
  ])("yes: %s", (_, one) => {
    expect(isSplit(one)).toBe(true);
  });

  it.each<[string, Case]>([
    ["too little is left", { start: 48 * MIB + 1 }],
    ["a small file", { file: { total: 16 * MIB - 1 }, end: 16 * MIB - 1 }],
    ["an unknown length", { file: { total: undefined as never } }],
    ["a length that is not sure", { file: { isTotalSure: false } }],
    ["no validator", { file: { validator: undefined as never } }],
    ["a file that cannot be had in ranges", { file: { isUnranged: true } }],
    ["a method other than GET", { method: "POST" }],
    ["a 206 that the server cut short", { end: 32 * MIB }],
    ["a 206 whose range is hidden", { end: undefined }],
    ["a 200 without Accept-Ranges", plain],
    ["a 200 that accepts none", { ...plain, acceptRanges: "none" }],
    ["a 200 that accepts another unit", { ...plain, acceptRanges: "kilobytes" }],
    ["a 200 that accepts a longer word", { ...plain, acceptRanges: "bytesize" }],
    ["a 200 of another origin", { ...plain, acceptRanges: "bytes", file: { isSameOrigin: false } }],
    ["an error", { status: 404, acceptRanges: "bytes" }],
  ])("no: %s", (_, one) => {
    expect(isSplit(one)).toBe(false);
  });
});

describe("cut", () => {
  it.each<[string, RangeRow[], number, number[]]>([
    ["one gap, into equal segments", [[0, 64]], 4, [16, 16, 16, 16]],
    ["one gap, into an odd number", [[0, 63]], 3, [21, 21, 21]],
    ["into fewer, if they would be too short", [[0, 11]], 6, [5.5, 5.5]],
    ["not at all, if it is short", [[0, 7]], 6, [7]],
    [
      "the longer gap",
      [
        [0, 4],
        [8, 40],
      ],
      3,
      [4, 16, 16],
    ],
    [
      "into as many as there are gaps, if there are more",
      [
        [0, 4],
        [5, 9],
        [10, 14],
      ],
      2,
      [4, 4, 4],
    ],
    ["nothing", [], 4, []],
  ])("%s", (_, gaps, count, lengths) => {
    const limits = { leftBytes: 16 * MIB, segmentBytes: 4 * MIB };
    const inBytes = gaps.map(([start, end]): RangeRow => [start * MIB, end * MIB]);
    const found = cut(inBytes, count, limits).map((range) => lengthOfRange(range) / MIB);
    expect(found.toSorted()).toEqual(lengths.toSorted());
  });

  it("the segments are the gaps, in order, and none that was cut is too short", () => {
    const anyGap = fc.tuple(fc.nat(100), fc.integer({ min: 1, max: 400 }));
    fc.assert(
      fc.property(fc.array(anyGap, { maxLength: 6 }), fc.integer({ min: 1, max: 6 }), (pairs, count) => {
        let at = 0;
        const gaps = pairs.map(([before, length]): RangeRow => {
          const start = at + before + 1;
          at = start + length;
          return [start, at];
        });
        const segments = cut(gaps, count, { leftBytes: 100, segmentBytes: 20 });
        expect(lengthOfAll(segments)).toBe(lengthOfAll(gaps));
        expect(segments.length).toBeLessThanOrEqual(Math.max(count, gaps.length));
        for (const gap of gaps) {
          const own = segments.filter(([start, end]) => start >= gap[0] && end <= gap[1]);
          expect(own[0]?.[0]).toBe(gap[0]);
          expect(own.at(-1)?.[1]).toBe(gap[1]);
          if (own.length > 1) expect(Math.min(...own.map(lengthOfRange))).toBeGreaterThanOrEqual(20);
        }
      }),
      { numRuns: casesOf(300) },
    );
  });
});

describe("middleOf", () => {
  it.each<[RangeRow, number | undefined]>([
    [[0, 8 * MIB - 1], undefined],
    [[0, 8 * MIB], 4 * MIB],
    [[MIB, 21 * MIB], 11 * MIB],
  ])("%j is split at %s", (rest, middle) => {
    expect(middleOf(rest, SPLIT_LIMITS)).toBe(middle);
  });
});
