import { describe, expect, it } from "vitest";
import {
  contentLength,
  isMultipart,
  isPart,
  parseContentRange,
  rangeOf,
} from "../../../../src/sw/decisions/content-range.ts";

const of = (headers: Record<string, string>) => new Headers(headers);

describe("Content-Range", () => {
  it.each<[string, ReturnType<typeof parseContentRange>]>([
    ["bytes 0-9/10", { start: 0, end: 10, total: 10 }],
    ["bytes 5-5/6", { start: 5, end: 6, total: 6 }],
    ["bytes 5-9/*", { start: 5, end: 10 }],
    ["bytes */10", { total: 10 }],
    ["bytes */*", {}],
    ["bytes 5-4/10", undefined],
    ["bytes 5-10/10", undefined],
    ["bytes 5-11/10", undefined],
    ["bytes 5-/10", undefined],
    ["bytes=5-9/10", undefined],
    ["items 5-9/10", undefined],
    ["x bytes 5-9/10", undefined],
    ["bytes 5-9/10 x", undefined],
    ["bytes 1234567890123456-1234567890123457/*", undefined],
    ["", undefined],
  ])("%j", (value, expected) => {
    expect(parseContentRange(of({ "content-range": value }))).toEqual(expected);
  });

  it.each([
    ["bytes 0-9/10", false],
    ["bytes 0-8/10", true],
    ["bytes 1-9/10", true],
    ["bytes 0-9/*", false],
    ["bytes 1-9/*", true],
    ["bytes */10", false],
    ["", false],
  ])("%j is that of a part: %j", (value, expected) => {
    expect(isPart(of({ "content-range": value }))).toBe(expected);
  });

  it("is believed if the length fits, and if there is one range", () => {
    const range = { "content-range": "bytes 5-9/10" };
    const expected = { start: 5, end: 10, total: 10 };
    expect(rangeOf(of(range))).toEqual(expected);
    expect(rangeOf(of({ ...range, "content-length": "5" }))).toEqual(expected);
    expect(rangeOf(of({ ...range, "content-length": "4" }))).toBeUndefined();
    expect(rangeOf(of({ ...range, "content-type": "video/mp4" }))).toEqual(expected);
    expect(rangeOf(of({ ...range, "content-type": "Multipart/ByteRanges; boundary=x" }))).toBeUndefined();
    expect(rangeOf(of({ "content-range": "bytes */10" }))).toBeUndefined();
    expect(rangeOf(of({}))).toBeUndefined();
  });

  it.each([
    [{}, false],
    [{ "content-type": "text/plain" }, false],
    [{ "content-type": "text/multipart/byteranges" }, false],
    [{ "content-type": "MULTIPART/BYTERANGES; boundary=x" }, true],
  ])("%j has several ranges: %j", (headers, expected) => {
    expect(isMultipart(of(headers as Record<string, string>))).toBe(expected);
  });

  it.each([
    [undefined, undefined],
    ["0", 0],
    ["123456789012345", 123_456_789_012_345],
    ["1234567890123456", undefined],
    ["", undefined],
    ["-1", undefined],
    ["5, 5", undefined],
  ])("a length of %j is %j", (value, expected) => {
    expect(contentLength(of(value === undefined ? {} : { "content-length": value }))).toBe(expected);
  });
});
