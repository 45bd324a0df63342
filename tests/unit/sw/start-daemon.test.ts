import { afterEach, describe, expect, it, vi } from "vitest";
import { pageWorkerName } from "../../../src/protocol/names.ts";
import { startDaemon } from "../../../src/sw/index.ts";
import { ietf } from "../../../src/sw/uploads/ietf/index.ts";
import { s3 } from "../../../src/sw/uploads/s3/index.ts";
import { tus } from "../../../src/sw/uploads/tus/index.ts";

describe("startDaemon outside of a service worker", () => {
  it("does nothing, however often it is called", () => {
    for (let count = 0; count < 2; count += 1) startDaemon();
    const event = { waitUntil: vi.fn() };
    startDaemon().wake(event);
    expect(event.waitUntil).not.toHaveBeenCalled();
  });
});

describe("startDaemon in a worker", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("refuses what is no protocol, and two protocols of one name", () => {
    vi.stubGlobal("name", pageWorkerName("https://app.test/"));
    for (const uploadProtocols of [[s3], [tus, ietf, { ...tus }]])
      expect(() => startDaemon({ uploadProtocols: uploadProtocols as never })).toThrow(
        new TypeError("uploadProtocols must be protocols of different names, such as tus or s3({ sign })."),
      );
  });
});
