import { describe, expect, it } from "vitest";
import { POLICIES } from "../../../../bench/fleet/policies.ts";
import { type Scenario, simulate } from "../../../../bench/fleet/simulation.ts";

const CAPACITY = 50;
const OUTAGE: Scenario = {
  clients: 10_000,
  capacity: CAPACITY,
  outageMs: 600_000,
  retryAfterMs: 120_000,
  seed: 1,
};

describe("a fleet that was refused with Retry-After", () => {
  const ours = POLICIES.filter(({ name }) => name.startsWith("ours"));

  it.each(ours)("$name: comes back spread, and is served soon", (policy) => {
    const { peakAfter, allServedSeconds, wasted } = simulate(policy, OUTAGE);
    expect(peakAfter).toBeLessThan(3 * CAPACITY);
    // The last of them comes online ten minutes after the outage.
    expect(allServedSeconds).toBeLessThan(900);
    expect(wasted).toBeLessThan(4);
  });

  it("comes back all at once if nothing spreads it: the simulation shows the difference", () => {
    const fixed = POLICIES.find(({ name }) => name === "every 60 s");
    expect(fixed && simulate(fixed, OUTAGE).peakAfter).toBeGreaterThan(20 * CAPACITY);
  });
});
