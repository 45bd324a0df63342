import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agree, PROTOCOL } from "../../../src/protocol/versions.ts";

const range = fc
  .tuple(fc.nat(20), fc.nat(20))
  .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

function spoken({ min, max }: { min: number; max: number }): number[] {
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

describe("agree", () => {
  it("agrees exactly when both sides share a version", () => {
    fc.assert(
      fc.property(range, range, (page, daemon) => {
        const isCommon = spoken(page).some((version) => spoken(daemon).includes(version));
        expect(agree(page, daemon) === "agreed").toBe(isCommon);
      }),
    );
  });

  it("gives both sides matching answers", () => {
    const opposite = {
      agreed: "agreed",
      "daemon-outdated": "page-outdated",
      "page-outdated": "daemon-outdated",
    };
    fc.assert(
      fc.property(range, range, (page, daemon) => {
        expect(agree(daemon, page)).toBe(opposite[agree(page, daemon)]);
      }),
    );
  });

  it.each([
    [{ min: 3, max: 4 }, { min: 1, max: 2 }, "daemon-outdated"],
    [{ min: 1, max: 2 }, { min: 3, max: 4 }, "page-outdated"],
    [{ min: 1, max: 2 }, { min: 2, max: 3 }, "agreed"],
  ] as const)("page %j and daemon %j: %s", (page, daemon, agreement) => {
    expect(agree(page, daemon)).toBe(agreement);
  });

  it("this build agrees with itself", () => {
    expect(agree(PROTOCOL, PROTOCOL)).toBe("agreed");
  });
});
