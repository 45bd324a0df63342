import { describe, expect, it } from "vitest";
import { CATALOG, chosen } from "../../../bench/catalog.ts";

const EVERYWHERE = ["make-tasks", "drain", "cost", "download", "idle"];

describe("what the benchmark measures", () => {
  it("in each engine is what runs there, without what runs only if it is named", () => {
    const choices = chosen([], "all");
    expect(choices.map(({ engine }) => engine)).toEqual(["chromium", "firefox", "webkit"]);
    for (const { engine, names } of choices) {
      expect(names).toEqual(expect.arrayContaining(EVERYWHERE));
      for (const [name, { engines, isOptional = false }] of Object.entries(CATALOG))
        expect([name, names.includes(name)]).toEqual([name, engines.includes(engine) && !isOptional]);
    }
  });

  it("is what was named, in those of the engines that have it", () => {
    expect(chosen(["open", "drain"], "all")).toEqual([
      { engine: "chromium", names: ["drain", "open"] },
      { engine: "firefox", names: ["drain"] },
      { engine: "webkit", names: ["drain"] },
    ]);
    expect(chosen(["growth"], "chromium")).toEqual([{ engine: "chromium", names: ["growth"] }]);
  });

  it.each([
    [["open"], "firefox", '"open" is not measured in firefox.'],
    [["toString"], "chromium", 'There is no number "toString".'],
    [[], "opera", 'There is no browser "opera".'],
  ])("%j in %s is refused", (named, browser, message) => {
    expect(() => chosen(named, browser)).toThrow(message);
  });
});
