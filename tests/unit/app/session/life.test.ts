import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIFE, Life, type LifeEvent, type LifeState } from "../../../../src/app/session/life.ts";
import { SessionError } from "../../../../src/protocol/session-error.ts";

const STATES = Object.keys(LIFE) as LifeState[];
const EVENTS = ["opened", "begin", "close", "closed"] as const satisfies readonly LifeEvent[];

/** The events that lead from `opening` into each state. */
const PATHS: Readonly<Record<LifeState, readonly LifeEvent[]>> = {
  opening: [],
  open: ["opened"],
  receiving: ["opened", "begin"],
  closing: ["opened", "close"],
  gone: ["opened", "close", "closed"],
};

function lifeIn(state: LifeState): Life {
  const life = new Life("session");
  for (const event of PATHS[state]) life.on(event);
  return life;
}

describe("the life of a session object", () => {
  describe.each(STATES)("%s", (state) => {
    it.each(EVENTS)("answers %s as the table says", (event) => {
      const life = lifeIn(state);
      expect(life.state).toBe(state);
      const next = LIFE[state][event];
      expect(life.on(event)).toBe(next !== undefined);
      expect(life.state).toBe(next ?? state);
    });

    it("can be used only while it is open", () => {
      const life = lifeIn(state);
      const isOpen = state === "open" || state === "receiving";
      expect(life.isOpen).toBe(isOpen);
      expect(life.isOver).toBe(state === "closing" || state === "gone");
      if (isOpen) expect(() => life.check()).not.toThrow();
      else expect(() => life.check()).toThrow(SessionError);
    });
  });

  it("never returns to an earlier state", () => {
    const order: readonly LifeState[] = ["opening", "open", "receiving", "closing", "gone"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS)), (events) => {
        const life = new Life("session");
        let reached = 0;
        for (const event of events) {
          life.on(event);
          expect(order.indexOf(life.state)).toBeGreaterThanOrEqual(reached);
          reached = order.indexOf(life.state);
        }
      }),
    );
  });

  it("keeps the first reason for its end", () => {
    const life = lifeIn("receiving");
    const reason = new SessionError("session-taken-over", "Another tab took over.");
    life.close(reason);
    life.close(undefined);
    expect(life.reason).toBe(reason);
    expect(life.invalidated().message).toContain("Another tab took over.");
  });

  it.each([
    ["begin", ["opened", "begin"]],
    ["closed", ["close", "closed"]],
  ] as const)("resolves begun at %s", async (_, events) => {
    const life = new Life("session");
    let hasBegun = false;
    const begun = life.begun.then(() => {
      hasBegun = true;
    });
    life.on(events[0]);
    await Promise.resolve();
    expect(hasBegun).toBe(false);
    life.on(events[1]);
    await begun;
  });
});
