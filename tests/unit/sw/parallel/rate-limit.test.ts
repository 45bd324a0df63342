import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RateLimit } from "../../../../src/sw/parallel/rate-limit.ts";

const RATE = 100_000;
/** What two seconds allow. */
const RANGE = 200_000;

describe("RateLimit", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function newLimit(rate = RATE): RateLimit {
    const limit = new RateLimit(Date.now);
    limit.setRate(rate);
    return limit;
  }

  /** Takes ranges as long as it is allowed, and notes each. */
  async function take(limit: RateLimit, name: string, noted: string[], signal: AbortSignal): Promise<void> {
    for (;;) {
      const bytes = await limit.take(Number.POSITIVE_INFINITY, signal).catch(() => undefined);
      if (bytes === undefined) return;
      expect(bytes).toBe(RANGE);
      noted.push(name);
    }
  }

  it("downloads take turns, in the order in which they began to wait", async () => {
    const limit = newLimit();
    const over = new AbortController();
    const noted: string[] = [];
    const all = ["a", "b", "c"].map((name) => take(limit, name, noted, over.signal));
    await vi.advanceTimersByTimeAsync(11_000);
    expect(noted.join("")).toBe("abcabc");
    over.abort();
    await Promise.all(all);
  });

  it("has no timer when nothing waits", async () => {
    const limit = newLimit();
    const never = new AbortController().signal;
    await limit.take(RANGE, never);
    expect(vi.getTimerCount()).toBe(0);
    const second = limit.take(RANGE, never);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    await second;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("a download that is stopped while it waits leaves at once, and holds up no other", async () => {
    const limit = newLimit();
    const never = new AbortController().signal;
    await limit.take(RANGE, never);
    const stopped = new AbortController();
    const first = limit.take(RANGE, stopped.signal);
    const second = limit.take(RANGE, never);
    stopped.abort();
    await expect(first).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await second).toBe(RANGE);
    expect(vi.getTimerCount()).toBe(0);
    await expect(limit.take(RANGE, stopped.signal)).rejects.toThrow();
  });

  it("what is given back is for the others at once", async () => {
    const limit = newLimit();
    const never = new AbortController().signal;
    await limit.take(RANGE, never);
    const next = limit.take(RANGE, never);
    limit.giveBack(RANGE);
    expect(await next).toBe(RANGE);
  });

  it("a new rate holds for what waits, and so does the end of the limit", async () => {
    const limit = newLimit();
    const never = new AbortController().signal;
    await limit.take(RANGE, never);
    const second = limit.take(RANGE, never);
    limit.setRate(2 * RATE);
    await vi.advanceTimersByTimeAsync(1_000);
    await second;
    const third = limit.take(RANGE, never);
    const fourth = limit.take(RANGE, never);
    limit.setRate(0);
    await Promise.all([third, fourth]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
