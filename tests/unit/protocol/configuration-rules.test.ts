import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION, type SessionConfiguration } from "../../../src/protocol/configuration.ts";
import { storedConfiguration } from "../../../src/protocol/configuration-rules.ts";

const NUMBERS = [
  "timeoutIntervalForRequest",
  "timeoutIntervalForResource",
  "httpMaximumConnectionsPerHost",
  "maximumConnections",
  "retention",
];
const BOOLEANS = [
  "allowsExpensiveNetworkAccess",
  "allowsConstrainedNetworkAccess",
  "isDiscretionary",
  "sessionSendsLaunchEvents",
  "storeCredentials",
  "keepsHistory",
];
const OTHERS = [
  "groups",
  "httpMaximumConnectionsPerMultiplexedHost",
  "minimumStartInterval",
  "minimumProgressInterval",
  "maximumDownloadRate",
  "queues",
  "httpAdditionalHeaders",
  "notifications",
  "retry",
  "secretHeaders",
  "transport",
  "waitStatuses",
  "challengeStatuses",
];

function stored(name: string, value: unknown): unknown {
  return storedConfiguration({ [name]: value } as SessionConfiguration);
}

describe("storedConfiguration", () => {
  it("fills in every default", () => {
    expect(storedConfiguration({})).toEqual(DEFAULT_CONFIGURATION);
    expect(Object.keys(DEFAULT_CONFIGURATION).sort()).toEqual([...NUMBERS, ...BOOLEANS, ...OTHERS].sort());
  });

  it("treats undefined as absent", () => {
    expect(stored("retention", undefined)).toEqual(DEFAULT_CONFIGURATION);
  });

  const wrong = [
    ...NUMBERS.flatMap((name) => [0, -1, Number.NaN, "60", null, true].map((value) => [name, value])),
    ...BOOLEANS.flatMap((name) => [0, "true", null, {}].map((value) => [name, value])),
    ...[5, true, null, { "in valid": "x" }, [["a"]]].map((value) => ["httpAdditionalHeaders", value]),
    ...[401, ["401"], [99], [4.5], null].map((value) => ["waitStatuses", value]),
    ...["minimumStartInterval", "httpMaximumConnectionsPerMultiplexedHost"].flatMap((name) =>
      [-1, Number.NaN, "1", null].map((value) => [name, value]),
    ),
    ...[0, 0.09, 60.1, Number.NaN, "1", null].map((value) => ["minimumProgressInterval", value]),
    ...[-1, 1, 16_383, 16_384.5, Number.POSITIVE_INFINITY, Number.NaN, "65536", null].map((value) => [
      "maximumDownloadRate",
      value,
    ]),
    ...[null, "a", ["a"], { a: null }, { a: 3 }, { a: { onFailure: "stop" } }, { a: { limit: 1 } }].map(
      (value) => ["queues", value],
    ),
    ...[
      null,
      { a: null },
      { a: { maximumConnections: 0 } },
      { a: { onFailure: "hold" } },
      { a: { notification: {} } },
      { a: { notification: { title: "t", tag: "x" } } },
    ].map((value) => ["groups", value]),
    ...["x-token", [5], null, {}].map((value) => ["secretHeaders", value]),
    ...["fetch", "Worker", "", null, 1, {}].map((value) => ["transport", value]),
    ...["ready", null, {}, { title: 5 }, { title: "" }, { title: "ready", colour: "red" }].map((value) => [
      "notifications",
      value,
    ]),
    ...[null, 3, { limit: -1 }, { limit: "3" }, { limit: Number.NaN }, { unsafe: 1 }].map((value) => [
      "retry",
      value,
    ]),
  ] as [string, unknown][];

  it.each(wrong)("%s: %j throws a TypeError that names it", (name, value) => {
    expect(() => stored(name, value)).toThrow(TypeError);
    expect(() => stored(name, value)).toThrow(name);
  });

  it("copies the queues and groups, whatever their names", () => {
    const queues = Object.fromEntries(
      ["edits", "__proto__", "constructor"].map((name) => [name, { onFailure: "hold" }]),
    );
    const kept = stored("queues", queues) as typeof DEFAULT_CONFIGURATION;
    expect(Object.entries(kept.queues)).toEqual(Object.entries(queues));
    expect(kept.queues.edits).not.toBe(queues.edits);
  });

  it.each(["auto", "worker", "background-fetch"])("accepts %s as a transport", (transport) => {
    expect(stored("transport", transport)).toEqual({ ...DEFAULT_CONFIGURATION, transport });
  });

  it("names the property even if its value cannot be printed", () => {
    for (const value of [Symbol("s"), Object.create(null)])
      expect(() => stored("retention", value)).toThrow(/^configuration\.retention/);
  });

  it("an unknown property throws a TypeError that names it", () => {
    expect(() => stored("retension", 5)).toThrow(
      new TypeError("configuration.retension is not a property of SessionConfiguration; is it misspelt?"),
    );
  });

  it("refuses the name of an inherited property", () => {
    expect(() => stored("constructor", 5)).toThrow("configuration.constructor");
  });

  it("returns a copy: later changes by the caller have no effect", () => {
    const given = {
      httpAdditionalHeaders: { "X-App": "1" },
      retry: { limit: 3 },
      secretHeaders: ["X-Token"],
    };
    const kept = storedConfiguration(given);
    given.httpAdditionalHeaders["X-App"] = "2";
    given.retry.limit = 4;
    given.secretHeaders.push("another");
    expect(kept).toEqual({
      ...DEFAULT_CONFIGURATION,
      httpAdditionalHeaders: { "x-app": "1" },
      retry: { limit: 3, unsafe: true },
      secretHeaders: ["x-token"],
    });
  });

  it("returns plain data that can be stored", () => {
    const kept = storedConfiguration({ httpAdditionalHeaders: { a: "1" } });
    expect(structuredClone(kept)).toEqual(kept);
    expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
  });
});

describe("retry", () => {
  const checkedRetry = (retry: object) => storedConfiguration({ retry }).retry;

  it("fills in missing values", () => {
    expect(checkedRetry({})).toEqual({ limit: 10, unsafe: true });
    expect(checkedRetry({ limit: 0 })).toEqual({ limit: 0, unsafe: true });
    expect(checkedRetry({ unsafe: false })).toEqual({ limit: 10, unsafe: false });
  });

  it("refuses a misspelt property", () => {
    expect(() => checkedRetry({ limits: 3 })).toThrow(/limits/);
  });
});
