import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileRow } from "../../../../src/store/schema.ts";
import {
  type Answered,
  type Asked,
  type Judgement,
  judgeAnswer,
} from "../../../../src/sw/decisions/answer-judgement.ts";
import { parseContentRange } from "../../../../src/sw/decisions/content-range.ts";
import { validatorOf } from "../../../../src/sw/decisions/validators.ts";
import { casesOf } from "../../../support/fuzz.ts";

const ETAG = '"v1"';
const DATE = "Wed, 21 Oct 2015 07:28:00 GMT";

/** 40 of 100 bytes of version 1 are on disk. */
const FILE: FileRow = {
  fileId: "key/0",
  total: 100,
  isTotalSure: true,
  validator: { kind: "etag", value: ETAG },
  isSameOrigin: true,
};

const DATED: FileRow = { ...FILE, validator: { kind: "last-modified", value: DATE } };

function askedRest(file: FileRow | undefined = FILE, offset = 40): Asked {
  return { method: "GET", isFile: true, offset, isRanged: true, file };
}

const FIRST: Asked = { method: "GET", isFile: true, offset: 0, isRanged: true, file: undefined };
const PLAIN: Asked = { ...FIRST, isRanged: false };

/** Years after the files were written. */
const askedAt = Date.UTC(2020, 0, 1);

function answered(status: number, headers: Record<string, string>, isSameOrigin = true): Answered {
  return { status, headers: new Headers(headers), isSameOrigin, askedAt };
}

function kindOf(asked: Asked, answer: Answered): Judgement["kind"] {
  return judgeAnswer(asked, answer).kind;
}

describe("the answer to a resume", () => {
  const right = { etag: ETAG, "content-range": "bytes 40-99/100", "content-length": "60" };

  it("a 206 with our start, our total and our validator is the rest", () => {
    expect(judgeAnswer(askedRest(), answered(206, right))).toMatchObject({ kind: "rest", end: 100 });
  });

  it.each<[string, number, Record<string, string>, Judgement["kind"]]>([
    ["a 200: the range was ignored", 200, { etag: ETAG, "content-length": "100" }, "whole"],
    ["a 206 of another version", 206, { ...right, etag: '"v2"' }, "unusable"],
    ["a 206 whose strong validator became weak", 206, { ...right, etag: `W/${ETAG}` }, "unusable"],
    ["a 206 without a validator", 206, { "content-range": right["content-range"] }, "unusable"],
    ["a 206 that begins earlier", 206, { ...right, "content-range": "bytes 0-99/100" }, "unusable"],
    ["a 206 that begins one byte late", 206, { ...right, "content-range": "bytes 41-99/100" }, "unusable"],
    ["a 206 with another total", 206, { ...right, "content-range": "bytes 40-99/101" }, "unusable"],
    ["a 206 that hides its total", 206, { ...right, "content-range": "bytes 40-99/*" }, "unusable"],
    ["a 206 without Content-Range", 206, { etag: ETAG, "content-length": "60" }, "unusable"],
    ["a 206 in other units", 206, { ...right, "content-range": "lines 40-99/100" }, "unusable"],
    ["a 206 that ends before it begins", 206, { ...right, "content-range": "bytes 40-39/100" }, "unusable"],
    ["a 206 that ends after its total", 206, { ...right, "content-range": "bytes 40-100/100" }, "unusable"],
    ["a 206 of no range at all", 206, { ...right, "content-range": "bytes */100" }, "unusable"],
    ["a 206 of several ranges", 206, { etag: ETAG, "content-type": "multipart/byteranges" }, "unusable"],
    ["a 206 of a coded body", 206, { ...right, "content-encoding": "gzip" }, "unusable"],
    ["a 206 in identity coding", 206, { ...right, "content-encoding": "Identity" }, "rest"],
    [
      "a 206 whose length is not that of its range",
      206,
      { ...right, "content-range": "bytes 40-49/100" },
      "unusable",
    ],
    ["a 206 that the server capped", 206, { etag: ETAG, "content-range": "bytes 40-49/100" }, "rest"],
    ["a 404", 404, { "content-length": "9" }, "refused"],
    ["a 416 with our length as the total", 416, { "content-range": "bytes */40" }, "unusable"],
    ["a 416 that the entity is longer", 416, { "content-range": "bytes */100" }, "unusable"],
    ["a 416 that says nothing", 416, {}, "unusable"],
  ])("%s", (_, status, headers, kind) => {
    expect(kindOf(askedRest(), answered(status, headers))).toBe(kind);
  });

  it.each<[string, Record<string, string>, Judgement["kind"]]>([
    ["an unchanged Last-Modified", { "last-modified": DATE }, "rest"],
    ["another Last-Modified", { "last-modified": "Thu, 22 Oct 2015 07:28:00 GMT" }, "unusable"],
    ["an ETag instead", { etag: ETAG }, "unusable"],
  ])("of a file with a date: %s", (_, headers, kind) => {
    const answer = answered(206, { "content-range": "bytes 40-99/100", ...headers });
    expect(kindOf(askedRest(DATED), answer)).toBe(kind);
  });

  it("across origins an unchanged date and the exact length are proof; at our own origin they are not", () => {
    const hidden = { "last-modified": DATE, "content-length": "60" };
    expect(kindOf(askedRest(DATED), answered(206, hidden, false))).toBe("rest");
    expect(kindOf(askedRest(DATED), answered(206, hidden, true))).toBe("unusable");
    expect(kindOf(askedRest(DATED), answered(206, { ...hidden, "content-length": "59" }, false))).toBe(
      "unusable",
    );
    const { total: _, ...unknown } = DATED;
    expect(kindOf(askedRest(unknown), answered(206, hidden, false))).toBe("unusable");
  });

  it("416 is complete if the total says so", () => {
    expect(kindOf(askedRest(FILE, 100), answered(416, { "content-range": "bytes */100" }))).toBe("complete");
    expect(kindOf(askedRest(FILE, 100), answered(416, {}))).toBe("unusable");
    expect(kindOf(askedRest(FILE, 100), answered(416, { "content-range": "bytes */99" }))).toBe("unusable");
  });

  it("416 to bytes of unknown total is complete only for the same version", () => {
    const { total: _, ...unknown } = FILE;
    const range = { "content-range": "bytes */40" };
    expect(kindOf(askedRest(unknown), answered(416, { ...range, etag: ETAG }))).toBe("complete");
    expect(kindOf(askedRest(unknown), answered(416, { ...range, etag: '"v2"' }))).toBe("unusable");
    expect(kindOf(askedRest(unknown), answered(416, range))).toBe("unusable");
  });

  it("a range of a known total makes the length sure, even if it was a guess", () => {
    const guess: FileRow = { ...FILE, isTotalSure: false, isSameOrigin: false };
    const judgement = judgeAnswer(askedRest(guess), answered(206, right, false));
    expect(judgement).toMatchObject({ kind: "rest", entity: { total: 100, isTotalSure: true } });
  });
});

describe("'rest', for any answer and any file", () => {
  const etag = fc.constantFrom(undefined, ETAG, '"v2"', `W/${ETAG}`, "", "v1");
  const date = fc.constantFrom(undefined, DATE, "Thu, 22 Oct 2015 07:28:00 GMT");
  const number = fc.constantFrom("39", "40", "41", "60", "99", "100", "101", "*", "", "x");
  const range = fc.option(
    fc
      .tuple(fc.constantFrom("bytes", "bytes", "bytes", "chunks"), number, number, number)
      .map(([unit, start, end, total]) => `${unit} ${start}-${end}/${total}`),
    { nil: undefined },
  );
  const anyHeaders = fc
    .record({
      etag,
      "last-modified": date,
      "content-range": range,
      "content-length": fc.option(number, { nil: undefined }),
      "content-encoding": fc.constantFrom(undefined, undefined, "gzip", "identity"),
    })
    .map((headers) => new Headers(JSON.parse(JSON.stringify(headers))));
  const anyFile: fc.Arbitrary<FileRow> = fc
    .record({
      total: fc.constantFrom(undefined, 40, 99, 100),
      validator: fc.constantFrom(undefined, FILE.validator, DATED.validator),
      isTotalSure: fc.boolean(),
      isSameOrigin: fc.boolean(),
    })
    .map((fields) => ({ fileId: "key/0", ...JSON.parse(JSON.stringify(fields)) }));
  const anyAnswer: fc.Arbitrary<Answered> = fc.record({
    status: fc.constantFrom(200, 206, 206, 206, 206, 416, 500),
    headers: anyHeaders,
    isSameOrigin: fc.boolean(),
    askedAt: fc.constant(askedAt),
  });

  /** It begins where we end, and its total is ours. */
  function isRangeProof({ total }: FileRow, headers: Headers): boolean {
    const given = headers.get("content-range") ?? "";
    return /^bytes 40-\d+\/\d+$/.test(given) && (total === undefined || given.endsWith(`/${total}`));
  }

  /** Its range is hidden, and its length is what we lack. */
  function isLengthProof({ total }: FileRow, { headers, isSameOrigin }: Answered): boolean {
    return !isSameOrigin && total !== undefined && headers.get("content-length") === `${total - 40}`;
  }

  it("needs proof: status, offset, total, validator and encoding", () => {
    fc.assert(
      fc.property(anyFile, anyAnswer, (file, answer) => {
        if (kindOf(askedRest(file), answer) !== "rest") return;
        const { headers } = answer;
        expect(answer.status).toBe(206);
        expect([null, "identity"]).toContain(headers.get("content-encoding"));
        expect(headers.get(file.validator?.kind ?? "none")).toBe(file.validator?.value);
        expect(isRangeProof(file, headers) || isLengthProof(file, answer)).toBe(true);
      }),
      { numRuns: casesOf(20_000) },
    );
  });

  it("no answer makes the judge throw", () => {
    fc.assert(
      fc.property(anyFile, anyAnswer, fc.boolean(), fc.nat(100), (file, answer, isRanged, offset) => {
        const asked = { method: "GET", isFile: true, offset, isRanged, file };
        expect(judgeAnswer(asked, answer)).toHaveProperty("kind");
        expect(judgeAnswer({ ...asked, isFile: false }, answer)).toHaveProperty("kind");
      }),
      { numRuns: casesOf(2_000) },
    );
  });
});

describe("the answer to bytes=0-", () => {
  it("a 206 from 0 is the whole, and its total is sure", () => {
    const answer = answered(206, { etag: ETAG, "content-range": "bytes 0-99/100" });
    expect(judgeAnswer(FIRST, answer)).toEqual({
      kind: "whole",
      end: 100,
      entity: { total: 100, isTotalSure: true, validator: { kind: "etag", value: ETAG } },
    });
  });

  it.each<[string, number, Record<string, string>, Judgement["kind"]]>([
    ["a 206 that begins elsewhere", 206, { "content-range": "bytes 1-99/100" }, "unusable"],
    ["a 206 without Content-Range", 206, { "content-length": "100" }, "unusable"],
    ["a 206 that hides its total", 206, { "content-range": "bytes 0-49/*" }, "unusable"],
    ["416 of an empty file", 416, { "content-range": "bytes */0" }, "complete"],
    ["416 of a file that is not empty", 416, { "content-range": "bytes */100" }, "unusable"],
    ["a 200", 200, { "content-length": "100" }, "whole"],
  ])("%s", (_, status, headers, kind) => {
    const judgement = judgeAnswer(FIRST, answered(status, headers));
    expect(judgement.kind).toBe(kind);
    // Next time without a range: else the same answer comes for ever.
    if (judgement.kind === "unusable") expect(judgement.isUnranged).toBe(true);
  });

  it("an encoded 206 cannot be measured or resumed", () => {
    const headers = { etag: ETAG, "content-range": "bytes 0-49/50", "content-encoding": "gzip" };
    expect(judgeAnswer(FIRST, answered(206, headers))).toMatchObject({
      kind: "whole",
      entity: { isTotalSure: false },
    });
  });
});

describe("the length of a whole", () => {
  const length = { "content-length": "100", etag: ETAG };

  it.each<[string, Asked, Answered, object]>([
    ["identity, own origin: sure", PLAIN, answered(200, length), { total: 100, isTotalSure: true }],
    ["across origins: a guess", PLAIN, answered(200, length, false), { total: 100, isTotalSure: false }],
    [
      "gzip: unknown",
      PLAIN,
      answered(200, { ...length, "content-encoding": "gzip" }),
      { isTotalSure: false },
    ],
    ["HEAD: unknown", { ...PLAIN, method: "HEAD" }, answered(200, length), { isTotalSure: false }],
    ["none: unknown", PLAIN, answered(200, {}), { isTotalSure: false }],
    ["nonsense: unknown", PLAIN, answered(200, { "content-length": "1e2" }), { isTotalSure: false }],
    ["several: unknown", PLAIN, answered(200, { "content-length": "100, 100" }), { isTotalSure: false }],
    ["negative: unknown", PLAIN, answered(200, { "content-length": "-1" }), { isTotalSure: false }],
  ])("%s", (_, asked, answer, entity) => {
    const judgement = judgeAnswer(asked, answer) as Extract<Judgement, { kind: "whole" }>;
    const { total, isTotalSure } = judgement.entity;
    expect({ ...(total !== undefined && { total }), isTotalSure }).toEqual(entity);
  });

  it.each([404, 203, 500])("a %d is not resumed later: it has no validator", (status) => {
    expect(judgeAnswer(PLAIN, answered(status, length))).toMatchObject({
      entity: { total: 100, isTotalSure: true },
    });
    expect(judgeAnswer(PLAIN, answered(status, length))).not.toHaveProperty("entity.validator");
  });

  it("a server that says that it does not support ranges is not asked for any", () => {
    const answer = answered(200, { ...length, "accept-ranges": "none" });
    expect(judgeAnswer(PLAIN, answer)).not.toHaveProperty("entity.validator");
  });
});

describe("validatorOf", () => {
  it.each([
    [
      { etag: ETAG, "last-modified": DATE },
      { kind: "etag", value: ETAG },
    ],
    [
      { etag: `W/${ETAG}`, "last-modified": DATE },
      { kind: "last-modified", value: DATE },
    ],
    [{ etag: "v1" }, undefined],
    [{ "last-modified": DATE }, { kind: "last-modified", value: DATE }],
    // The same for every version, as servers say it that do not know.
    ...["", "0", "-1", "never", "Invalid Date", "Wed, 99 Foo 2015 07:28:00 GMT", `${DATE}, ${DATE}`].map(
      (date): [object, undefined] => [{ "last-modified": date }, undefined],
    ),
    [{}, undefined],
  ])("%j gives %j", (headers, validator) => {
    expect(validatorOf(new Headers(headers as Record<string, string>), askedAt)).toEqual(validator);
  });
});

describe("parseContentRange", () => {
  it.each([
    ["bytes 0-0/1", { start: 0, end: 1, total: 1 }],
    ["bytes 5-9/*", { start: 5, end: 10 }],
    ["bytes */7", { total: 7 }],
    ["bytes */*", {}],
    ["bytes 9-5/10", undefined],
    ["bytes 0-10/10", undefined],
    ["bytes=0-9/10", undefined],
    ["bytes 0-9/10, bytes 20-29/30", undefined],
    ["bytes 0-9999999999999999/10000000000000000", undefined],
    ["", undefined],
  ])("%j is %j", (value, range) => {
    expect(parseContentRange(new Headers({ "content-range": value }))).toEqual(range);
  });
});
