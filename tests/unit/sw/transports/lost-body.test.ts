import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isLost } from "../../../../src/sw/transports/lost-body.ts";

/** A body that cannot be read so many times. */
function unreadable(times: number): Blob {
  const body = new Blob(["x"]);
  let count = 0;
  body.slice = () => {
    count += 1;
    if (count > times) return new Blob(["x"]);
    return { arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) } as Blob;
  };
  return body;
}

describe("isLost", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["a body that can be read is not", 0, false],
    ["one that could not be read while its worker was being ended is not", 1, false],
    ["one that cannot be read at the second look either is", 2, true],
  ])("%s", async (_, times, expected) => {
    const answer = isLost(unreadable(times));
    await vi.runAllTimersAsync();
    expect(await answer).toBe(expected);
  });

  it("no body is not", async () => {
    expect(await isLost(undefined)).toBe(false);
  });
});
