import { describe, expect, it } from "vitest";
import type { Asked } from "../../../../src/sw/decisions/answer-judgement.ts";
import { mayRefuseRange } from "../../../../src/sw/decisions/range-refusal.ts";
import { isRetryable } from "../../../../src/sw/decisions/retry-policy.ts";

/** The kind: what a plain request would get is what the app gets, although we add a `Range` to it. */
describe("an answer that may refuse our Range", () => {
  const ANY = Array.from({ length: 400 }, (_, index) => index + 200);
  const first: Asked = { method: "GET", isFile: true, offset: 0, isRanged: true, file: undefined };
  const rest: Asked = { ...first, offset: 40 };

  function refusing(asked: Asked): number[] {
    return ANY.filter((status) => mayRefuseRange(asked, { status } as Response));
  }

  it("to the first request is any refusal, except those about who asks and for what, and those that are retried", () => {
    const others = [401, 402, 404, 407, 409, 410, 416, 418, 421, 423, 424, 451, 511];
    const expected = ANY.filter(
      (status) => status >= 400 && !others.includes(status) && !isRetryable(status),
    );
    expect(refusing(first)).toEqual(expected);
    for (const status of [400, 403, 405, 406, 411, 412, 413, 414, 415, 417, 422, 426, 428, 431, 501, 505])
      expect(refusing(first)).toContain(status);
  });

  it("to a request for the rest is about how we asked: otherwise we would give up what is on disk", () => {
    expect(refusing(rest)).toEqual([405, 406, 412, 417, 501, 505]);
  });

  it("needs a Range of ours", () => {
    expect(refusing({ ...first, isRanged: false })).toEqual([]);
    expect(refusing({ ...rest, isRanged: false })).toEqual([]);
  });

  it("may be one of waitStatuses", () => {
    expect(mayRefuseRange(first, { kind: "withheld", status: 403, asksAgain: false })).toBe(true);
    expect(mayRefuseRange(first, { kind: "withheld", status: 401, asksAgain: false })).toBe(false);
    expect(mayRefuseRange(first, { kind: "withheld", asksAgain: true })).toBe(false);
    expect(mayRefuseRange(first, { kind: "stopped" })).toBe(false);
  });
});
