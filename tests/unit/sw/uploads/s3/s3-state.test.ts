import { describe, expect, it } from "vitest";
import {
  bytesOf,
  freshState,
  partsIn,
  restored,
  stored,
  withTag,
} from "../../../../../src/sw/uploads/s3/s3-state.ts";
import type { UploadFacts } from "../../../../../src/sw/uploads/steps/upload-steps.ts";

const MIB = 1024 * 1024;
const facts = (sizeBytes: number) => ({ sizeBytes }) as UploadFacts;

describe("S3State", () => {
  it("has equal parts, at most ten thousand, which cover the body exactly", () => {
    for (const sizeBytes of [8 * MIB + 1, 100 * MIB, 80_000 * MIB, 80_000 * MIB + 1, 5 * 1024 * 1024 * MIB]) {
      const state = freshState(facts(sizeBytes), 8 * MIB);
      const count = partsIn(state);
      expect(count).toBeLessThanOrEqual(10_000);
      expect(bytesOf(state, 1)).toBe(state.partBytes);
      expect(state.partBytes * (count - 1) + bytesOf(state, count)).toBe(sizeBytes);
      expect(bytesOf(state, count)).toBeGreaterThan(0);
    }
  });

  it("has no parts if the body is no larger than one", () => {
    for (const sizeBytes of [0, 1, 8 * MIB]) expect(partsIn(freshState(facts(sizeBytes), 8 * MIB))).toBe(0);
  });

  it("asks the bucket for the parts again when it is restored, unless Complete was sent", () => {
    const sending = withTag(
      { ...freshState(facts(20 * MIB), 8 * MIB), uploadId: "1", isListed: true },
      1,
      '"a"',
    );
    const next = restored(structuredClone(stored(sending)), facts(20 * MIB));
    expect(next).toMatchObject({
      partBytes: 8 * MIB,
      uploadId: "1",
      token: sending.token,
      isListed: false,
      tags: [],
    });
    const whole = withTag(withTag(sending, 2, '"b"'), 3, '"c"');
    expect(restored(stored({ ...whole, isCompleting: true }), facts(20 * MIB))).toMatchObject({
      isListed: true,
      isCompleting: true,
      tags: ['"a"', '"b"', '"c"'],
    });
  });

  it("asks the bucket for the parts if Complete was refused, and some of them are sent again", () => {
    const state = { ...freshState(facts(20 * MIB), 8 * MIB), uploadId: "1", isListed: true };
    const repairing = withTag({ ...state, isCompleting: true }, 1, '"a"');
    const unlisted = { uploadId: "1", isCompleting: true, isListed: false, tags: [] };
    const kept = stored(repairing) as object;
    for (const value of [kept, { ...kept, tags: undefined }, { ...kept, tags: "abc" }])
      expect(restored(structuredClone(value), facts(20 * MIB))).toMatchObject(unlisted);
  });

  it("is not restored from what another version has stored, or a damaged disk", () => {
    for (const value of [
      undefined,
      null,
      1,
      {},
      { version: 2, partBytes: 1, token: "" },
      { version: 1, token: "" },
    ])
      expect(restored(value, facts(1))).toBeUndefined();
  });
});
