import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Watchdog } from "../../../../src/sw/ports/watchdog.ts";

describe("Watchdog", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("aborts after the silence, and says that it was the silence", () => {
    const watchdog = new Watchdog(1_000, new AbortController().signal);
    vi.advanceTimersByTime(999);
    expect(watchdog.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect([watchdog.signal.aborted, watchdog.isExpired]).toEqual([true, true]);
  });

  it("allows any duration as long as data comes", () => {
    const watchdog = new Watchdog(1_000, new AbortController().signal);
    for (let count = 0; count < 100; count += 1) {
      vi.advanceTimersByTime(999);
      watchdog.reset();
    }
    expect(watchdog.signal.aborted).toBe(false);
  });

  it("aborts with the outer signal, which is no silence", () => {
    const outer = new AbortController();
    const watchdog = new Watchdog(1_000, outer.signal);
    outer.abort();
    expect([watchdog.signal.aborted, watchdog.isExpired]).toEqual([true, false]);
    const early = new Watchdog(1_000, outer.signal);
    expect(early.signal.aborted).toBe(true);
  });

  it("aborts what is in flight when stopped, which is no silence, and does nothing more", () => {
    const outer = new AbortController();
    const watchdog = new Watchdog(1_000, outer.signal);
    watchdog.stop();
    outer.abort();
    vi.advanceTimersByTime(5_000);
    expect([watchdog.signal.aborted, watchdog.isExpired]).toEqual([true, false]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("never expires when it is given more time than a timer takes", () => {
    const watchdog = new Watchdog(2 ** 31, new AbortController().signal);
    expect(vi.getTimerCount()).toBe(0);
    expect(watchdog.signal.aborted).toBe(false);
  });
});
