import { describe, expect, it } from "vitest";
import type { FileRow } from "../../../../src/store/schema.ts";
import { judgeSegment, type SegmentAnswer } from "../../../../src/sw/decisions/segment-answer.ts";

const FILE: FileRow = {
  fileId: "key/1",
  total: 100,
  isTotalSure: true,
  validator: { kind: "etag", value: '"1"' },
  isSameOrigin: true,
};

function answerTo(offset: number, status: number, headers: Record<string, string>): SegmentAnswer {
  const asked = { method: "GET", isFile: true, offset, isRanged: true, file: FILE };
  const askedAt = Date.UTC(2020, 0, 1);
  return judgeSegment(asked, { status, headers: new Headers(headers), isSameOrigin: true, askedAt });
}

const right = { etag: '"1"', "content-range": "bytes 40-79/100" };

describe("the answer to a segment", () => {
  it("a 206 with its start, the total and the validator is proof, up to its end", () => {
    expect(answerTo(40, 206, right)).toEqual({ kind: "proved", end: 80 });
    const beginning = { etag: '"1"', "content-range": "bytes 0-39/100" };
    expect(answerTo(0, 206, beginning)).toEqual({ kind: "proved", end: 40 });
  });

  it.each<[string, number, Record<string, string>, SegmentAnswer["kind"]]>([
    ["503", 503, {}, "later"],
    ["429", 429, { "retry-after": "9" }, "later"],
    ["500", 500, {}, "later"],
    ["403", 403, {}, "refused"],
    ["404", 404, {}, "refused"],
    ["a status that is about ranges", 501, {}, "contradiction"],
    ["412: the precondition", 412, {}, "contradiction"],
    ["416", 416, { "content-range": "bytes */100" }, "contradiction"],
    ["416 with our offset as the total", 416, { "content-range": "bytes */40" }, "contradiction"],
    ["the whole", 200, { etag: '"1"' }, "contradiction"],
    ["the whole of another version", 200, { etag: '"2"' }, "contradiction"],
    ["another version", 206, { ...right, etag: '"2"' }, "contradiction"],
    ["no validator", 206, { "content-range": right["content-range"] }, "contradiction"],
    ["another start", 206, { ...right, "content-range": "bytes 0-79/100" }, "contradiction"],
    ["another total", 206, { ...right, "content-range": "bytes 40-79/101" }, "contradiction"],
    ["no range", 206, { etag: '"1"' }, "contradiction"],
    ["a coded body", 206, { ...right, "content-encoding": "gzip" }, "contradiction"],
  ])("%s", (_, status, headers, kind) => {
    expect(answerTo(40, status, headers).kind).toBe(kind);
  });

  it.each<[string, Record<string, string>]>([
    ["another version", { etag: '"2"', "content-range": "bytes 0-39/100" }],
    ["another total", { etag: '"1"', "content-range": "bytes 0-39/99" }],
  ])("the first bytes of %s are not those of the file", (_, headers) => {
    expect(answerTo(0, 206, headers).kind).toBe("contradiction");
  });
});
