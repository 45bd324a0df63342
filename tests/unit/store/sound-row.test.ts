import { describe, expect, it } from "vitest";
import { completeConfiguration, DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import { soundRow } from "../../../src/store/sound-row.ts";
import { taskInfoOf } from "../../../src/store/task-info-of.ts";
import { taskRow } from "../../support/task-row.ts";

const DAMAGED = { code: "storage-lost", message: expect.stringContaining("damaged") };

describe("soundRow", () => {
  it("returns a sound row unchanged, with its unknown properties", () => {
    const row = { ...taskRow(), ofANewerVersion: 5 };
    expect(soundRow(row)).toBe(row);
  });

  it.each<[string, object]>([
    ["a backoff of null, which stopped the plan of all tasks", { backoff: null }],
    ["wait statuses that are no list", { waitStatuses: 5 }],
    ["an incomplete upload", { kind: "upload", upload: { bytesAcknowledged: 5, parts: [{ start: 0 }] } }],
    [
      "an upload with an incomplete answer",
      { kind: "upload", upload: { bytesAcknowledged: 5, answer: { status: 409 } } },
    ],
    ["an answer with a number as a header", { response: { url: "", status: 200, headers: { age: 5 } } }],
    ["a request to an invalid URL", { request: { ...taskRow().request, url: "nowhere" } }],
    ["no request", { request: undefined }],
    ["a destination without a place", { destination: {} }],
    ["a destination in a cache without its key", { destination: { cache: "pages" } }],
    [
      "a destination with a number as a header",
      { destination: { cache: "a", key: "https://a.test/", headers: { age: 5 } } },
    ],
    ["a kind that is not a string", { kind: { toString: 0 } }],
    ["a state that is never stored", { state: "canceling" }],
    ["a count of NaN", { bytesReceived: Number.NaN }],
    ["a finished task in the index of unfinished ones", { state: "completed" }],
  ])("%s: the rest of the row can be shown, and says that it is damaged", (_, damage) => {
    const row = soundRow({ ...taskRow({ key: "key" }), ...damage } as never);
    expect(row).toMatchObject({ key: "key", failure: DAMAGED });
    expect(taskInfoOf(row)).toMatchObject({ key: "key", state: "running", request: { method: "GET" } });
  });

  it("keeps the failure of a task that had already failed", () => {
    const failure = { code: "timed-out", message: "late" } as const;
    expect(soundRow(taskRow({ failure, priority: "high" as never })).failure).toEqual(failure);
  });
});

describe("a stored configuration", () => {
  const outOfRange = { timeoutIntervalForResource: 0, retention: -1, httpMaximumConnectionsPerHost: 0 };

  it.each([undefined, null, 5, "x", [], {}, outOfRange])("has every default if it was %j", (kept) => {
    expect(completeConfiguration(kept)).toEqual(DEFAULT_CONFIGURATION);
  });

  it("keeps its valid values", () => {
    const kept = {
      ...DEFAULT_CONFIGURATION,
      retention: 5,
      retry: { limit: null, unsafe: false },
      transport: 7,
    };
    const notifications = { title: "done" };
    expect(completeConfiguration({ ...kept, notifications, httpAdditionalHeaders: { a: "b" } })).toEqual({
      ...DEFAULT_CONFIGURATION,
      ...{ retention: 5, retry: { limit: 10, unsafe: false }, notifications },
      httpAdditionalHeaders: { a: "b" },
    });
  });
});
