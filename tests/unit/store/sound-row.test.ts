import { describe, expect, it } from "vitest";
import { completeConfiguration, DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import { soundRow } from "../../../src/store/sound-row.ts";
import { taskInfoOf } from "../../../src/store/task-info-of.ts";
import { taskRow } from "../../support/task-row.ts";

const DAMAGED = { code: "storage-lost", message: expect.stringContaining("damaged") };

describe("soundRow", () => {
  it("leaves a row as it is that makes sense, with whatever else is in it", () => {
    const row = { ...taskRow(), ofANewerVersion: 5 };
    expect(soundRow(row)).toBe(row);
  });

  it.each<[string, object]>([
    ["a backoff of null stopped the plan of all tasks", { backoff: null }],
    ["statuses that are none", { waitStatuses: 5 }],
    ["half an upload", { kind: "upload", upload: { bytesAcknowledged: 5, parts: [{ start: 0 }] } }],
    [
      "a refusal of an upload that is no answer",
      { kind: "upload", upload: { bytesAcknowledged: 5, answer: { status: 409 } } },
    ],
    ["an answer with a header of a number", { response: { url: "", status: 200, headers: { age: 5 } } }],
    ["a request to nowhere", { request: { ...taskRow().request, url: "nowhere" } }],
    ["no request", { request: undefined }],
    ["a kind that is not even a text", { kind: { toString: 0 } }],
    ["a state that is never written", { state: "canceling" }],
    ["a count of NaN", { bytesReceived: Number.NaN }],
    ["finished, and still among the unfinished", { state: "completed" }],
  ])("%s: what is left can be shown, and says that it is damaged", (_, damage) => {
    const row = soundRow({ ...taskRow({ key: "key" }), ...damage } as never);
    expect(row).toMatchObject({ key: "key", failure: DAMAGED });
    expect(taskInfoOf(row)).toMatchObject({ key: "key", state: "running", request: { method: "GET" } });
  });

  it("keeps the reason of a task that had failed before", () => {
    const failure = { code: "timed-out", message: "late" } as const;
    expect(soundRow(taskRow({ failure, priority: "high" as never })).failure).toEqual(failure);
  });
});

describe("a configuration as it was kept", () => {
  const outOfRange = { timeoutIntervalForResource: 0, retention: -1, httpMaximumConnectionsPerHost: 0 };

  it.each([undefined, null, 5, "x", [], {}, outOfRange])("%j: every default is there", (kept) => {
    expect(completeConfiguration(kept)).toEqual(DEFAULT_CONFIGURATION);
  });

  it("keeps what is right in it", () => {
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
