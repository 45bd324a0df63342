import { describe, expect, it } from "vitest";
import { isIdentifier, isPriority, isRecord, isShortString } from "../../../src/protocol/checks.ts";
import { fits, optional, STRINGS_BY_NAME } from "../../../src/protocol/shape.ts";

describe("the checks of what others give", () => {
  it.each([
    [{}, true],
    [Object.create(null), true],
    [[], false],
    [null, false],
    [undefined, false],
    ["text", false],
    [() => {}, false],
  ])("%j is a record: %j", (value, expected) => {
    expect(isRecord(value)).toBe(expected);
  });

  it.each([
    ["", false, false],
    ["a", true, true],
    ["a".repeat(256), true, true],
    ["a".repeat(257), true, false],
    ["a".repeat(1024), true, false],
    ["a".repeat(1025), false, false],
    [["a"], false, false],
    [7, false, false],
  ])("%# is a short string: %2$j, an identifier: %3$j", (value, isShort, isName) => {
    expect([isShortString(value), isIdentifier(value)]).toEqual([isShort, isName]);
  });

  it.each([
    [-0.01, false],
    [0, true],
    [0.5, true],
    [1, true],
    [1.01, false],
    [Number.NaN, false],
    ["1", false],
    [undefined, false],
  ])("%j is a priority: %j", (value, expected) => {
    expect(isPriority(value)).toBe(expected);
  });

  it.each([
    [{}, true],
    [{ a: "1", b: "" }, true],
    [{ a: 1 }, false],
    [{ a: undefined }, false],
    [["a"], false],
    [null, false],
    ["a", false],
  ])("%j maps names to strings: %j", (value, expected) => {
    expect(fits(value, STRINGS_BY_NAME)).toBe(expected);
  });

  it("what is optional may be missing, and must fit if it is there", () => {
    expect([undefined, "a", 1, null].map((value) => fits(value, optional("")))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
