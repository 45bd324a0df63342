import { vi } from "vitest";

/** Takes over the timers and the date, but not what brings tasks of the event loop, such as `setImmediate`. */
export function takeClock(now = 1_000_000): void {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
    now,
  });
}
