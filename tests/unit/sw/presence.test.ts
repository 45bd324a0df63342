import { describe, expect, it } from "vitest";
import { Presence } from "../../../src/sw/presence.ts";

describe("Presence", () => {
  function presenceAndClock(): [Presence, { now: number }] {
    const clock = { now: 1_000_000 };
    return [new Presence(() => clock.now), clock];
  }

  it("knows nobody at first", () => {
    const [presence] = presenceAndClock();
    expect([presence.isAnyone, presence.isVisible]).toEqual([false, false]);
  });

  it("takes a page for there for 20 s after it answered", () => {
    const [presence, clock] = presenceAndClock();
    presence.saw("page", true);
    clock.now += 20_000;
    expect([presence.isAnyone, presence.isVisible]).toEqual([true, true]);
    clock.now += 1;
    expect([presence.isAnyone, presence.isVisible]).toEqual([false, false]);
  });

  it("believes the last answer of each page", () => {
    const [presence] = presenceAndClock();
    presence.saw("one", true);
    presence.saw("two", false);
    expect(presence.isVisible).toBe(true);
    presence.saw("one", false);
    expect([presence.isAnyone, presence.isVisible]).toEqual([true, false]);
  });

  it("a clock that was set back an hour does not keep a closed page there for an hour", () => {
    const [presence, clock] = presenceAndClock();
    presence.saw("page", true);
    clock.now -= 3_600_000;
    expect(presence.isAnyone).toBe(false);
  });
});
