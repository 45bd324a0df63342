import { describe, expect, it } from "vitest";
import { completeConfiguration, DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import { storedConfiguration } from "../../../src/protocol/configuration-rules.ts";

/** A configuration that differs from the default in every property. */
const KEPT = {
  timeoutIntervalForRequest: 5,
  timeoutIntervalForResource: 6,
  httpMaximumConnectionsPerHost: 7,
  httpMaximumConnectionsPerMultiplexedHost: 8,
  maximumConnections: 9,
  minimumStartInterval: 10,
  minimumProgressInterval: 11,
  maximumDownloadRate: 20_000,
  queues: { edits: { onFailure: "hold" } },
  groups: { album: { maximumConnections: 2 } },
  httpAdditionalHeaders: { "x-app": "1" },
  allowsExpensiveNetworkAccess: false,
  allowsConstrainedNetworkAccess: false,
  isDiscretionary: true,
  sessionSendsLaunchEvents: false,
  retry: { limit: 0, unsafe: false },
  transport: "worker",
  waitStatuses: [401],
  challengeStatuses: [403],
  notifications: { title: "ready" },
  retention: 12,
  keepsHistory: true,
  secretHeaders: ["x-token"],
  storeCredentials: true,
};

describe("a configuration that comes from the disk", () => {
  it("is what was stored", () => {
    expect(completeConfiguration(KEPT)).toEqual(KEPT);
    expect(Object.keys(KEPT).sort()).toEqual(Object.keys(DEFAULT_CONFIGURATION).sort());
    expect(completeConfiguration(DEFAULT_CONFIGURATION)).toEqual(DEFAULT_CONFIGURATION);
    expect(completeConfiguration(storedConfiguration({}))).toEqual(DEFAULT_CONFIGURATION);
  });

  it.each([undefined, null, 5, "text", [], {}])("is the default if it is %j", (kept) => {
    expect(completeConfiguration(kept)).toEqual(DEFAULT_CONFIGURATION);
  });

  const names = Object.keys(KEPT).filter((name) => name !== "notifications");
  it.each(names)("has the default of %s if that is missing or of another type", (name) => {
    const standard = (DEFAULT_CONFIGURATION as unknown as Record<string, unknown>)[name];
    for (const value of [undefined, null, Symbol("odd"), Number.NaN, () => {}])
      expect(completeConfiguration({ ...KEPT, [name]: value })).toEqual({ ...KEPT, [name]: standard });
    const other = Array.isArray(standard) ? {} : [];
    expect(completeConfiguration({ ...KEPT, [name]: other })).toEqual({ ...KEPT, [name]: standard });
  });

  it.each(names.filter((name) => typeof (KEPT as Record<string, unknown>)[name] === "number"))(
    "has the default of %s if that is 0 or less",
    (name) => {
      const standard = (DEFAULT_CONFIGURATION as unknown as Record<string, unknown>)[name];
      for (const value of [0, -1])
        expect(completeConfiguration({ ...KEPT, [name]: value })).toEqual({ ...KEPT, [name]: standard });
      expect(completeConfiguration({ ...KEPT, [name]: 0.5 })).toEqual({ ...KEPT, [name]: 0.5 });
    },
  );

  it("may retry not at all, and has the default of what is missing in retry", () => {
    expect(completeConfiguration({ ...KEPT, retry: { limit: 0 } }).retry).toEqual({ limit: 0, unsafe: true });
    expect(completeConfiguration({ ...KEPT, retry: {} }).retry).toEqual({ limit: 10, unsafe: true });
  });

  it("has no properties that it does not know, and no notification that is none", () => {
    expect(completeConfiguration({ ...KEPT, colour: "red" })).toEqual(KEPT);
    expect(completeConfiguration({ ...KEPT, notifications: "ready" }).notifications).toBeUndefined();
  });
});
