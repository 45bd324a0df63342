import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeepAlive } from "../../../../src/sw/pages/keep-alive.ts";

describe("KeepAlive", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("asks at once and then every 10 s, while there is work and only then", () => {
    let asked = 0;
    const keepAlive = new KeepAlive(() => {
      asked += 1;
    });
    keepAlive.update(true);
    keepAlive.update(true);
    expect(asked).toBe(1);
    vi.advanceTimersByTime(30_000);
    expect(asked).toBe(4);
    keepAlive.update(false);
    vi.advanceTimersByTime(60_000);
    expect(asked).toBe(4);
    expect(vi.getTimerCount()).toBe(0);
  });
});
