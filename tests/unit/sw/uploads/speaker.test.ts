import { describe, expect, it } from "vitest";
import { type Speaker, speakerOf } from "../../../../src/sw/uploads/speaker.ts";

const ABSENT = [404, 410];
const OTHERS = [200, 303, 400, 401, 403, 408, 409, 412, 413, 422, 423, 425, 429, 460, 500, 502, 503, 504];

describe("one status, two speakers: who refused the last chunk", () => {
  const walk = [...ABSENT, ...OTHERS].flatMap((status) =>
    [true, false].flatMap((isNew) => [true, false].map((isFresh) => ({ status, isNew, isFresh }))),
  );

  it.each(walk)("$status, fresh: $isFresh, new: $isNew", ({ status, isNew, isFresh }) => {
    const isAbsent = ABSENT.includes(status);
    const gone: Speaker = isAbsent ? (isNew ? "stranger" : "app") : isFresh ? "app" : "protocol";
    expect(speakerOf("whole", { status, isFresh }, isNew)).toBe("app");
    expect(speakerOf("gone", { status, isFresh }, isNew)).toBe(gone);
  });

  it("is the protocol if no answer is known, unless a new upload is gone", () => {
    expect(speakerOf("whole", undefined, false)).toBe("protocol");
    expect(speakerOf("whole", undefined, true)).toBe("protocol");
    expect(speakerOf("gone", undefined, false)).toBe("protocol");
    expect(speakerOf("gone", undefined, true)).toBe("stranger");
  });

  it("is the protocol if the answer was about bytes that had arrived before", () => {
    for (const status of [409, 423]) {
      expect(speakerOf("whole", { status, isFresh: true, isEcho: true }, false)).toBe("protocol");
      expect(speakerOf("gone", { status, isFresh: true, isEcho: true }, false)).toBe("protocol");
    }
  });
});
