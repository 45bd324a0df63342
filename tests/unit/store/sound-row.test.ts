import { describe, expect, it } from "vitest";
import { completeConfiguration, DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
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

  const ANSWER = { url: "", status: 200, headers: {} };
  const FILE = { fileId: "a/0", isTotalSure: true, validator: { kind: "etag", value: "" }, ranges: [[1, 2]] };
  const PART = { start: 0, end: 5, offset: 0, reach: 5, url: "http://app.test/part" };
  const UPLOAD = { bytesAcknowledged: 0, sizeBytes: 5, parts: [PART] };

  /** A sound value of each field that may be absent, and values that are damaged. */
  const VALUES: Readonly<Record<string, readonly [sound: unknown, ...damaged: unknown[]]>> = {
    past: [[["s", "", -1, -1, "k"]], [5], [["s", "", "x"]], [{ 2: -1 }], 5],
    bodyOf: ["a", 5],
    group: ["a", 5],
    queue: [{ name: "q", onFailure: "hold" }, { name: 5, onFailure: "hold" }, { name: "q" }, "q"],
    dependsOn: [[["s", "a"]], [[5]], "a"],
    acceptStatuses: [[404], ["404"], 404],
    waitStatuses: [[401], ["401"]],
    deadline: [5, "5"],
    settings: [
      { timeoutIntervalForRequest: 5, allowsExpensiveNetworkAccess: false, challengeStatuses: [401] },
      { timeoutIntervalForRequest: "5" },
      { allowsExpensiveNetworkAccess: 5 },
      { allowsConstrainedNetworkAccess: 5 },
      { challengeStatuses: ["401"] },
      { isDiscretionary: 5 },
      5,
    ],
    retry: [
      { limit: 5, unsafe: false },
      { limit: "5", unsafe: true },
      { limit: 5, unsafe: 5 },
    ],
    completion: [{ handler: "done" }, { handler: 5 }, "done"],
    metrics: [[{ startedAt: 5 }], [{ startedAt: "5" }], [5]],
    notification: [{ title: "" }, { title: 5 }],
    backoff: [
      { since: 0, tries: 1, jitter: 1, floorMs: 0 },
      { since: "0", tries: 1, jitter: 1, floorMs: 0 },
    ],
    hold: [
      { asksAgain: false, asks: "didReceiveChallenge", response: ANSWER },
      { asksAgain: 5 },
      { asksAgain: true, asks: 5 },
      { asksAgain: true, response: {} },
    ],
    file: [
      FILE,
      { ...FILE, fileId: 5 },
      { ...FILE, isTotalSure: 5 },
      { ...FILE, validator: { kind: 5, value: "" } },
      { ...FILE, ranges: [["1", 2]] },
    ],
    mirrors: [{ urls: ["https://a.test/"], at: 0, untried: 0 }, { urls: [5], at: 0, untried: 0 }, {}],
    upload: [
      UPLOAD,
      { ...UPLOAD, bytesAcknowledged: "0" },
      { ...UPLOAD, parts: [{ ...PART, url: "nowhere" }] },
      { ...UPLOAD, metadata: { a: 5 } },
      { ...UPLOAD, resumeAt: "nowhere" },
    ],
    response: [ANSWER, { ...ANSWER, status: "200" }],
    failure: [{ code: "cancelled", message: "" }, { code: 5, message: "" }, "failed"],
    destination: [
      { opfs: "a" },
      { opfs: 5 },
      { cache: "a", key: "relative" },
      { cache: 5, key: "https://a.test/" },
    ],
    backgroundFetch: [{ id: "", start: 0, startedAt: 0, reason: "" }, { id: "" }],
  };

  it.each(Object.entries(VALUES))("%s", (field, [sound, ...damaged]) => {
    const row = { ...taskRow(), [field]: sound } as TaskRow;
    expect(soundRow(row)).toBe(row);
    for (const value of damaged) {
      const { [field]: kept, failure } = soundRow({ ...row, [field]: value } as never) as never as Record<
        string,
        unknown
      >;
      expect([value, failure]).toEqual([value, DAMAGED]);
      if (field !== "failure") expect(kept).toBeUndefined();
    }
  });

  it("a destination in a cache is sound with and without headers", () => {
    const entry = { cache: "a", key: "https://a.test/" };
    for (const destination of [entry, { ...entry, headers: { a: "b" } }]) {
      const row = taskRow({ destination });
      expect(soundRow(row)).toBe(row);
    }
  });

  it.each([
    ["http://app.test/", true],
    ["https://app.test/", true],
    ["ftp://app.test/", false],
    ["xhttps://app.test/", false],
    ["https://", false],
    [["https://app.test/"], false],
  ])("a request to %j is sound: %s", (url, isSound) => {
    const { request } = taskRow();
    const { failure } = soundRow(taskRow({ request: { ...request, url: url as string } }));
    expect(failure).toEqual(isSound ? undefined : DAMAGED);
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
