import { describe, expect, it } from "vitest";
import { startDaemon } from "../../../src/sw/index.ts";

describe("startDaemon outside of a service worker", () => {
  it("does nothing, as often as it is called", () => {
    for (let count = 0; count < 2; count += 1) expect(startDaemon()).toBeUndefined();
  });
});
