import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import { hasOneLimit, isShort } from "../../../src/store/connection-limits.ts";
import { type RowOptions, taskRow } from "../../support/task-row.ts";

describe("which tasks are short for a host that multiplexes", () => {
  const upload = (sizeBytes: number | undefined, protocol?: "tus"): RowOptions => ({
    kind: "upload",
    upload: {
      bytesAcknowledged: 0,
      ...(sizeBytes !== undefined && { sizeBytes }),
      ...(protocol && { protocol }),
    },
  });

  it.each<[string, RowOptions, boolean]>([
    ["a data task", { kind: "data" }, true],
    ["a download", { kind: "download" }, false],
    ["an upload of 256 KiB", upload(262_144), true],
    ["a larger upload", upload(262_145), false],
    ["an upload of a form, whose size is not known", upload(undefined), false],
    ["a short upload in several requests", upload(1, "tus"), false],
  ])("%s", (_, change, expected) => {
    expect(isShort(taskRow(change))).toBe(expected);
  });
});

describe("a limit of the app's own", () => {
  it.each([
    ["none", {}, false],
    ["one for all", { httpMaximumConnectionsPerHost: 2 }, true],
    ["one for hosts that multiplex", { httpMaximumConnectionsPerMultiplexedHost: 9 }, false],
    ["one of each", { httpMaximumConnectionsPerHost: 2, httpMaximumConnectionsPerMultiplexedHost: 9 }, false],
  ])("holds for long and short tasks together if there is one: %s", (_, change, expected) => {
    expect(hasOneLimit({ ...DEFAULT_CONFIGURATION, ...change })).toBe(expected);
  });
});
