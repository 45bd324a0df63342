import { describe, expect, it } from "vitest";
import { Presence } from "../../../../src/sw/pages/presence.ts";

const HERE = { isVisible: true, hasNetworkReturned: false, isLeaving: false, owns: [] };

describe("Presence", () => {
  function presenceAndClock(): [Presence, { now: number }] {
    const clock = { now: 1_000_000 };
    return [new Presence(() => clock.now), clock];
  }

  it("knows nobody at first", () => {
    const [presence] = presenceAndClock();
    expect([presence.isAnyone, presence.isVisible]).toEqual([false, false]);
  });

  it("takes a page as present for 20 s after it answered", () => {
    const [presence, clock] = presenceAndClock();
    presence.update("page", { ...HERE, isVisible: true });
    clock.now += 20_000;
    expect([presence.isAnyone, presence.isVisible]).toEqual([true, true]);
    clock.now += 1;
    expect([presence.isAnyone, presence.isVisible]).toEqual([false, false]);
  });

  it("believes the last answer of each page", () => {
    const [presence] = presenceAndClock();
    presence.update("one", { ...HERE, isVisible: true });
    presence.update("two", { ...HERE, isVisible: false });
    expect(presence.isVisible).toBe(true);
    presence.update("one", { ...HERE, isVisible: false });
    expect([presence.isAnyone, presence.isVisible]).toEqual([true, false]);
  });

  it("knows since when a page has been visible, whichever page it is", () => {
    const [presence, clock] = presenceAndClock();
    expect(presence.visibleSince).toBeUndefined();
    const since = clock.now;
    presence.update("one", HERE);
    clock.now += 10_000;
    presence.update("two", HERE);
    presence.update("one", { ...HERE, isLeaving: true });
    expect(presence.visibleSince).toBe(since);
    presence.update("two", { ...HERE, isVisible: false });
    expect(presence.visibleSince).toBeUndefined();
    clock.now += 5_000;
    presence.update("two", HERE);
    expect(presence.visibleSince).toBe(clock.now);
  });

  it("forgets a page that says it leaves", () => {
    const [presence] = presenceAndClock();
    presence.update("page", HERE);
    presence.update("page", { ...HERE, isLeaving: true });
    expect(presence.isAnyone).toBe(false);
  });

  it("forgets a page by the name that it gave itself, since a broadcast has no client id", () => {
    const [presence] = presenceAndClock();
    presence.update("client 1", { ...HERE, page: "one" });
    presence.update("client 2", { ...HERE, page: "two" });
    presence.update("one", { ...HERE, isLeaving: true, page: "one" });
    expect([presence.isPage("client 1"), presence.isPage("client 2")]).toEqual([false, true]);
    // The same by its client id.
    presence.update("client 1", { ...HERE, isLeaving: true, page: "one" });
    expect(presence.countOfPages).toBe(1);
  });

  it("takes a client for a page of the app if it said so lately", () => {
    const [presence, clock] = presenceAndClock();
    expect(presence.isPage("page")).toBe(false);
    presence.update("page", HERE);
    expect(presence.isPage("page")).toBe(true);
    clock.now += 20_001;
    expect(presence.isPage("page")).toBe(false);
  });

  it("knows when a page last said that it owns a session", () => {
    const [presence, clock] = presenceAndClock();
    expect(presence.hasOwnerSince("session", 0)).toBe(false);
    presence.update("page", { ...HERE, owns: ["session", "other"] });
    expect(presence.hasOwnerSince("session", clock.now)).toBe(true);
    expect(presence.hasOwnerSince("session", clock.now + 1)).toBe(false);
    // Another session of the same page reports its own ownership.
    presence.update("page", { ...HERE, owns: ["other"] });
    expect(presence.hasOwnerSince("session", clock.now)).toBe(true);
  });

  it("forgets sessions that no page has owned for a while", () => {
    const [presence, clock] = presenceAndClock();
    presence.update("page", { ...HERE, owns: ["session"] });
    clock.now += 20_001;
    presence.update("page", HERE);
    expect(presence.hasOwnerSince("session", 0)).toBe(false);
  });

  it("a closed page is not present for an hour because the clock was set back an hour", () => {
    const [presence, clock] = presenceAndClock();
    presence.update("page", { ...HERE, isVisible: true });
    clock.now -= 3_600_000;
    expect(presence.isAnyone).toBe(false);
  });

  it("a page was visible until it says that it is hidden, or leaves", () => {
    for (const isLeaving of [false, true]) {
      const [presence, clock] = presenceAndClock();
      presence.update("page", HERE);
      clock.now += 4_000;
      const hiddenAt = clock.now;
      for (let count = 0; count < 2; count += 1) {
        presence.update("page", { ...HERE, isVisible: false, isLeaving });
        expect([presence.isVisible, presence.visibleAt]).toEqual([false, hiddenAt]);
        clock.now += 3_000;
      }
    }
  });
});
