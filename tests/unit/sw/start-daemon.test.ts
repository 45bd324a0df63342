import { describe, expect, it, vi } from "vitest";
import { startDaemon } from "../../../src/sw/index.ts";

describe("startDaemon outside of a service worker", () => {
  it("does nothing, however often it is called", () => {
    for (let count = 0; count < 2; count += 1) startDaemon();
    const event = { waitUntil: vi.fn() };
    startDaemon().wake(event);
    expect(event.waitUntil).not.toHaveBeenCalled();
  });
});
