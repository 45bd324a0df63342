import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileRow } from "../../../../src/store/schema.ts";
import {
  type Answered,
  type Asked,
  type Judgement,
  judgeAnswer,
} from "../../../../src/sw/decisions/answer-judgement.ts";
import { casesOf } from "../../../support/fuzz.ts";

/**
 * The kind: evidence that lies in hand is used. What one header proves another may disprove, and what an answer says of
 * itself is held against what it is taken for (F3).
 */

const DATE = "Wed, 21 Oct 2015 07:28:00 GMT";
const MODIFIED_AT = Date.parse(DATE);
const SECOND_MS = 1_000;

const DATED: FileRow = {
  fileId: "key/0",
  total: 100,
  isTotalSure: true,
  validator: { kind: "last-modified", value: DATE },
  isSameOrigin: true,
};
const TAGGED: FileRow = { ...DATED, validator: { kind: "etag", value: '"1"' } };

function asked(change: Partial<Asked> = {}): Asked {
  return { method: "GET", isFile: true, offset: 0, isRanged: true, file: undefined, ...change };
}

function answer(status: number, headers: Record<string, string>, change: Partial<Answered> = {}): Answered {
  const askedAt = MODIFIED_AT + 86_400_000;
  return { status, headers: new Headers(headers), isSameOrigin: true, askedAt, ...change };
}

/** Judges the answer to a request for the rest of `file`, of which 40 bytes are on disk. */
function rest(
  file: FileRow,
  status: number,
  headers: Record<string, string>,
  isSameOrigin = true,
): Judgement {
  return judgeAnswer(asked({ offset: 40, file }), answer(status, headers, { isSameOrigin }));
}

describe("an ETag beside the Last-Modified that is the validator", () => {
  const range = { "last-modified": DATE, "content-range": "bytes 40-99/100" };
  const file = { ...DATED, tag: '"1"' };

  it("is stored without its weakness, whichever request brought it", () => {
    const headers = { etag: 'W/"1"', "last-modified": DATE };
    const entity = { tag: '"1"', validator: DATED.validator };
    expect(judgeAnswer(asked({ isRanged: false }), answer(200, headers))).toMatchObject({ entity });
    const first = answer(206, { ...headers, "content-range": "bytes 0-99/100" });
    expect(judgeAnswer(asked(), first)).toMatchObject({ kind: "whole", entity });
    expect(rest(DATED, 206, { ...range, etag: 'W/"1"' })).toMatchObject({ kind: "rest", entity });
  });

  it.each<[string, string | undefined, Judgement["kind"]]>([
    ["the same", 'W/"1"', "rest"],
    ["the same, but strong", '"1"', "rest"],
    ["gone", undefined, "rest"],
    ["empty", "", "rest"],
    ["another", 'W/"2"', "unusable"],
    ["another, and strong", '"2"', "unusable"],
    ["without its quotes", "1", "unusable"],
    ["of a coded body", 'W/"1-gzip"', "unusable"],
  ])("%s", (_, etag, kind) => {
    const headers = { ...range, ...(etag !== undefined && { etag }) };
    expect(rest(file, 206, headers).kind).toBe(kind);
    expect(rest(file, 206, headers, false).kind).toBe(kind);
  });

  it("also disproves a 416, and a known length", () => {
    const { total: _, ...unknown } = file;
    const headers = { "last-modified": DATE, "content-range": "bytes */40" };
    expect(rest(unknown, 416, { ...headers, etag: 'W/"1"' }).kind).toBe("complete");
    expect(rest(unknown, 416, { ...headers, etag: 'W/"2"' }).kind).toBe("unusable");
    expect(rest(file, 200, { "last-modified": DATE, etag: 'W/"2"' })).not.toHaveProperty("entity.total");
  });

  it("is not needed beside a strong ETag, which may stay while the date changes", () => {
    const judgement = judgeAnswer(asked(), answer(200, { etag: '"1"', "last-modified": DATE }));
    expect(judgement).not.toHaveProperty("entity.tag");
    expect(rest(TAGGED, 206, { ...range, etag: '"1"', "last-modified": "x" }).kind).toBe("rest");
  });
});

describe("a Last-Modified", () => {
  function validatorAt(date: string | undefined, askedAt: number, isSameOrigin = true) {
    const headers = { "last-modified": DATE, ...(date !== undefined && { date }) };
    const judgement = judgeAnswer(
      asked({ isRanged: false }),
      answer(200, headers, { askedAt, isSameOrigin }),
    );
    return judgement.kind === "whole" && judgement.entity.validator !== undefined;
  }
  const http = (ms: number) => new Date(ms).toUTCString();

  it("that is fresh makes a strong ETag untrusted: common servers derive theirs from the second", () => {
    const names = { etag: '"65920080-493e0"', "last-modified": DATE };
    const isProof = (date: string | undefined, askedAt: number) => {
      const headers = { ...names, ...(date !== undefined && { date }) };
      const judgement = judgeAnswer(asked(), answer(200, headers, { askedAt }));
      return judgement.kind === "whole" && judgement.entity.validator !== undefined;
    };
    expect(isProof(http(MODIFIED_AT), 0)).toBe(false);
    expect(isProof(http(MODIFIED_AT + SECOND_MS), 0)).toBe(true);
    expect(isProof(undefined, MODIFIED_AT + 59_999)).toBe(false);
    expect(isProof(undefined, MODIFIED_AT + 60_000)).toBe(true);
    // A date that lies ahead is not that of the last moment either.
    expect(isProof(http(MODIFIED_AT - SECOND_MS), 0)).toBe(true);
    expect(isProof(undefined, MODIFIED_AT - 86_400_000)).toBe(true);
  });

  it.each<[string, number, boolean]>([
    ["the same second", 0, false],
    ["a second later", SECOND_MS, true],
    ["a day later", 86_400_000, true],
    ["before it, as by a wrong clock", -SECOND_MS, false],
  ])("is proof only if Date is later: %s", (_, ageMs, isProof) => {
    // Our own clock has no say in it.
    for (const askedAt of [0, MODIFIED_AT + 86_400_000]) {
      expect(validatorAt(http(MODIFIED_AT + ageMs), askedAt)).toBe(isProof);
    }
  });

  it.each<[string, number, boolean]>([
    ["just written", 0, false],
    ["less than a minute old", 59_999, false],
    ["a minute old", 60_000, true],
    ["not written yet, as by a wrong clock", -86_400_000, false],
  ])("is held against our own clock where there is no Date to read: %s", (_, ageMs, isProof) => {
    for (const date of [undefined, "", "now", DATE.replace("GMT", "UTC")]) {
      expect(validatorAt(date, MODIFIED_AT + ageMs)).toBe(isProof);
      expect(validatorAt(date, MODIFIED_AT + ageMs, false)).toBe(isProof);
    }
  });
});

describe("a 206 that we did not ask for", () => {
  const plain = asked({ isRanged: false });
  const proof = { etag: '"1"', "content-length": "10" };

  it("is as much of the file as it says", () => {
    const some = judgeAnswer(plain, answer(206, { ...proof, "content-range": "bytes 0-9/100" }));
    expect(some).toMatchObject({ kind: "whole", end: 10, entity: { total: 100, isTotalSure: true } });
    const all = judgeAnswer(plain, answer(206, { "content-range": "bytes 0-9/10" }));
    expect(all).toMatchObject({ kind: "whole", entity: { total: 10, isTotalSure: true } });
  });

  it.each<[string, Record<string, string>, Partial<Asked>]>([
    ["that begins elsewhere", { "content-range": "bytes 1-10/100" }, {}],
    ["whose range is hidden", {}, {}],
    ["whose range makes no sense", { "content-range": "bytes 9-0/100" }, {}],
    ["in other units", { "content-range": "lines 0-9/100" }, {}],
    ["whose total is unknown", { "content-range": "bytes 0-9/*" }, {}],
    ["whose length is not that of its range", { "content-range": "bytes 0-98/100" }, {}],
    ["of several ranges", { "content-type": "multipart/byteranges; boundary=x" }, {}],
    ["of a coded part", { "content-range": "bytes 0-9/100", "content-encoding": "gzip" }, {}],
    ["of a part without a validator", { "content-range": "bytes 0-9/100", etag: "" }, {}],
    ["of a part that does no ranges", { "content-range": "bytes 0-9/100", "accept-ranges": "none" }, {}],
    ["of a part, to a POST", { "content-range": "bytes 0-9/100" }, { method: "POST" }],
  ])("%s is no file", (_, headers, change) => {
    const judgement = judgeAnswer({ ...plain, ...change }, answer(206, { ...proof, ...headers }));
    // The ranges are not to blame: none was asked for.
    expect(judgement).toMatchObject({ kind: "unusable", isUnranged: false });
    const ranged = judgeAnswer({ ...asked(), ...change }, answer(206, { ...proof, ...headers }));
    expect(ranged).toMatchObject({ kind: "unusable", isUnranged: true });
  });

  it("is passed on if the app asked for a range, or for no file", () => {
    for (const headers of [{}, { "content-range": "bytes 5-9/100" }, { "content-range": "x" }]) {
      const judgement = judgeAnswer({ ...plain, isFile: false }, answer(206, { ...proof, ...headers }));
      expect(judgement).toEqual({ kind: "whole", entity: { total: 10, isTotalSure: true } });
    }
  });
});

describe("a 200 that is not the whole", () => {
  const names = { etag: '"1"', "last-modified": DATE };

  it.each<[string, Record<string, string>]>([
    ["says that it begins elsewhere", { "content-range": "bytes 40-99/100", "content-length": "60" }],
    ["says that it ends earlier", { "content-range": "bytes 0-9/100", "content-length": "10" }],
    ["begins elsewhere in something of unknown length", { "content-range": "bytes 40-49/*" }],
  ])("%s", (_, headers) => {
    const unusable = { kind: "unusable", isUnranged: true };
    expect(judgeAnswer(asked(), answer(200, { ...names, ...headers }))).toMatchObject(unusable);
    expect(rest(TAGGED, 200, { ...names, ...headers })).toMatchObject(unusable);
  });

  it("has another length than the version that it names", () => {
    for (const file of [TAGGED, DATED]) {
      expect(rest(file, 200, { ...names, "content-length": "60" })).toMatchObject({ kind: "unusable" });
      // Across origins the length may be that of a coded body.
      expect(rest(file, 200, { ...names, "content-length": "60" }, false)).toMatchObject({
        kind: "whole",
        entity: { total: 60, isTotalSure: false },
      });
    }
  });

  it.each([
    {},
    { "content-range": "bytes 0-99/100" },
    { "content-range": "bytes */100" },
    { "content-range": "bytes 0-100/100" },
    { "content-range": "x" },
  ])("%j says nothing of the kind", (headers) => {
    expect(judgeAnswer(asked(), answer(200, { ...names, ...headers })).kind).toBe("whole");
  });

  it("has the known length of the same version, if it names none", () => {
    const entity = { total: 100, isTotalSure: true };
    for (const isSameOrigin of [true, false]) {
      expect(rest(TAGGED, 200, names, isSameOrigin)).toMatchObject({ kind: "whole", entity });
      expect(rest(TAGGED, 200, { ...names, etag: '"2"' }, isSameOrigin)).not.toHaveProperty("entity.total");
    }
  });
});

describe("a refusal of the rest", () => {
  it.each([300, 304, 400, 401, 403, 404, 410, 412, 429, 451, 500, 501, 503, 599])(
    "%i keeps the bytes",
    (status) => {
      expect(rest(TAGGED, status, { "content-length": "9" })).toEqual({ kind: "refused" });
      // A server without ranges was asked for the whole: there is still something to lose.
      const plain = asked({ offset: 40, isRanged: false, file: TAGGED });
      expect(judgeAnswer(plain, answer(status, {}))).toEqual({ kind: "refused" });
    },
  );

  it("is an answer like any other if nothing can be resumed", () => {
    const { validator: _, ...unproved } = TAGGED;
    expect(rest(unproved, 403, {}).kind).toBe("whole");
    expect(judgeAnswer(asked({ offset: 40, file: TAGGED, isFile: false }), answer(403, {})).kind).toBe(
      "whole",
    );
    expect(judgeAnswer(asked(), answer(403, {})).kind).toBe("whole");
  });
});

/** A server that tells the truth, and not all of it: what it says of its file at some moment. */
interface Telling {
  /** An etag names the bytes, or the second in which the file was written, as nginx and Caddy make it. */
  readonly etag: "strong" | "of the second" | "weak" | "none";
  readonly hasDate: boolean;
  readonly hasModified: boolean;
  readonly hasRange: boolean;
  readonly hasLength: boolean;
  /** Answers 200 whatever is asked, with what it would have sent as 206 or with the whole. */
  readonly ignoring: "no" | "range" | "status";
  readonly capBytes: number;
  readonly isSameOrigin: boolean;
}

const TOTAL = 100;
const anyTelling: fc.Arbitrary<Telling> = fc.record({
  etag: fc.constantFrom("strong", "of the second", "weak", "none"),
  hasDate: fc.boolean(),
  hasModified: fc.constantFrom(true, true, true, false),
  hasRange: fc.constantFrom(true, true, false),
  hasLength: fc.boolean(),
  ignoring: fc.constantFrom("no", "no", "no", "range", "status"),
  capBytes: fc.constantFrom(TOTAL, TOTAL, 50),
  isSameOrigin: fc.boolean(),
});

interface Moment {
  readonly at: number;
  readonly version: number;
  readonly modifiedAt: number;
}

function told(
  telling: Telling,
  { at, version, modifiedAt }: Moment,
  start: number | undefined,
  askedAt: number,
) {
  const isWhole = start === undefined || telling.ignoring === "range";
  const from = isWhole ? 0 : start;
  const to = isWhole ? TOTAL : Math.min(TOTAL, from + telling.capBytes);
  const http = (ms: number) => new Date(Math.floor(ms / SECOND_MS) * SECOND_MS).toUTCString();
  const headers = {
    ...(telling.etag === "of the second" && { etag: `"${Math.floor(modifiedAt / SECOND_MS)}"` }),
    ...(telling.etag === "strong" && { etag: `"${version}"` }),
    ...(telling.etag === "weak" && { etag: `W/"${version}"` }),
    // A server that makes its etag of the date tells both.
    ...((telling.hasModified || telling.etag === "of the second") && { "last-modified": http(modifiedAt) }),
    ...(telling.hasDate && { date: http(at) }),
    ...(telling.hasLength && { "content-length": `${to - from}` }),
    ...(telling.hasRange && !isWhole && { "content-range": `bytes ${from}-${to - 1}/${TOTAL}` }),
  };
  const status = isWhole || telling.ignoring === "status" ? 200 : 206;
  const { isSameOrigin } = telling;
  return { from, to, answer: { status, headers: new Headers(headers), isSameOrigin, askedAt } };
}

describe("for any truthful server, and any moment at which its file is written", () => {
  const anyTimes = fc.record({
    modifiedAt: fc.integer({ min: MODIFIED_AT, max: MODIFIED_AT + 2 * SECOND_MS }),
    firstAfterMs: fc.oneof(fc.nat(500), fc.nat(1_500), fc.nat(100_000)),
    againAfterMs: fc.option(fc.oneof(fc.nat(500), fc.nat(1_500), fc.nat(100_000)), {
      nil: undefined,
      freq: 2,
    }),
    /** How far our clock is ahead of the server's. */
    skewMs: fc.integer({ min: -55_000, max: 55_000 }),
  });

  function story(
    first: Telling,
    second: Telling,
    isRanged: boolean,
    times: Record<string, number | undefined>,
  ) {
    const { modifiedAt = 0, firstAfterMs = 0, againAfterMs, skewMs = 0 } = times;
    const begun = { at: modifiedAt + firstAfterMs, version: 1, modifiedAt };
    const changedAt = begun.at + (againAfterMs ?? 0) + 1;
    const later =
      againAfterMs === undefined
        ? { ...begun, at: begun.at + 100_000 }
        : { at: changedAt + 10_000, version: 2, modifiedAt: changedAt };
    const one = told(first, begun, isRanged ? 0 : undefined, begun.at + skewMs);
    const judgement = judgeAnswer(asked({ isRanged }), one.answer);
    return { judgement, one, begun, later, askAgain };

    function askAgain(entity: Partial<FileRow>) {
      const file: FileRow = { fileId: "f", isTotalSure: false, isSameOrigin: first.isSameOrigin, ...entity };
      const two = told(second, later, 40, later.at + skewMs);
      return { two, again: judgeAnswer(asked({ offset: 40, file }), two.answer) };
    }
  }

  it("two versions are never joined, and a part is never taken for the whole if that can be known", () => {
    let joined = 0;
    fc.assert(
      fc.property(anyTelling, anyTelling, fc.boolean(), anyTimes, (first, second, isRanged, times) => {
        const { judgement, one, begun, later, askAgain } = story(first, second, isRanged, times);
        expectNoShortWhole(judgement, one, first);
        if (judgement.kind !== "whole" || judgement.entity.validator === undefined) return;
        const { two, again } = askAgain(judgement.entity);
        expectNoShortWhole(again, two, second);
        if (again.kind !== "rest") return;
        joined += 1;
        expect(later.version).toBe(begun.version);
        expect(two.from).toBe(40);
      }),
      { numRuns: casesOf(20_000) },
    );
    // It is not by refusing everything.
    expect(joined).toBeGreaterThan(casesOf(100));
  });

  function expectNoShortWhole(
    judgement: Judgement,
    { from, to }: { from: number; to: number },
    { hasRange }: Telling,
  ): void {
    if (judgement.kind !== "whole" || (from === 0 && to === TOTAL) || !hasRange) return;
    expect(from).toBe(0);
    expect(judgement.entity).toMatchObject({ total: TOTAL, isTotalSure: true });
  }
});
