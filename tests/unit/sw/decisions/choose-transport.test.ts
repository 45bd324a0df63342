import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TRANSPORT_REASONS, type TransportReason } from "../../../../src/protocol/background-fetch.ts";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../../../src/protocol/configuration.ts";
import type { FileRow, TaskRow } from "../../../../src/store/schema.ts";
import {
  chooseTransport,
  HIDDEN_MS,
  MUCH_BYTES,
  type TransportChoice,
  type TransportConditions,
} from "../../../../src/sw/decisions/choose-transport.ts";
import { casesOf } from "../../../support/fuzz.ts";
import { type RowOptions, requestRecord, taskRow } from "../../../support/task-row.ts";

/** Everything favours Background Fetch: the only page has been hidden for long. */
const HIDDEN: TransportConditions = {
  isSupported: true,
  isAllowed: true,
  isRefused: false,
  isFull: false,
  hasWillSend: false,
  origin: "https://app.test",
  pages: "hidden",
  hiddenMs: HIDDEN_MS,
};

const FILE: FileRow = {
  fileId: "key/0",
  total: 10 * MUCH_BYTES,
  isTotalSure: true,
  validator: { kind: "etag", value: '"1"' },
  isSameOrigin: true,
};

interface Case {
  readonly row?: RowOptions;
  readonly conditions?: Partial<TransportConditions>;
  readonly configuration?: Partial<StoredConfiguration>;
  readonly isRunning?: boolean;
}

function choice(
  transport: StoredConfiguration["transport"],
  { row = {}, conditions = {}, configuration = {}, isRunning = false }: Case,
): TransportChoice {
  const whole = { ...DEFAULT_CONFIGURATION, ...configuration, transport };
  return chooseTransport(taskRow(row), whole, { ...HIDDEN, ...conditions }, isRunning);
}

const upload = { sizeBytes: MUCH_BYTES, bytesAcknowledged: 0 };
const put: RowOptions = { kind: "upload", method: "PUT", upload };
const begun: RowOptions = { file: FILE, bytesReceived: 1_000 };
const withFile = (change: Partial<FileRow>): RowOptions => ({ ...begun, file: { ...FILE, ...change } });
const foreign = "https://else.test/file";
/** A request that may send cookies to any origin. */
const requestTo = (url: string, change: Partial<TaskRow["request"]> = {}): RowOptions => ({
  request: { ...requestRecord(url), credentials: "include", ...change },
});
const requestWith = (change: Partial<TaskRow["request"]>): RowOptions => ({
  request: { ...requestRecord("https://app.test/file"), ...change },
});

/** What is impossible: the worker does it, or nobody if the app insists. */
const OBSTACLES: [TransportReason, string, Case][] = [
  ["not-supported", "a browser without it", { conditions: { isSupported: false } }],
  ["upload-protocol", "an upload in chunks", { row: { ...put, upload: { ...upload, protocol: "tus" } } }],
  ["will-send", "a hook that changes requests", { conditions: { hasWillSend: true } }],
  ["credentials", "a request without cookies", { row: requestWith({ credentials: "omit" }) }],
  ["credentials", "a request to another origin, which is to get no cookies", { row: { url: foreign } }],
  ["request-mode", "a no-cors request", { row: requestWith({ mode: "no-cors" }) }],
  ["request-mode", "a navigation", { row: requestWith({ mode: "navigate" }) }],
  ["preflight", "a PUT to another origin", { row: { ...put, ...requestTo(foreign, { method: "PUT" }) } }],
  ["preflight", "a header to another origin", { row: requestTo(foreign, { headers: { "x-a": "1" } }) }],
  [
    "preflight",
    "JSON to another origin",
    { row: requestTo(foreign, { headers: { "content-type": "application/json" } }) },
  ],
  [
    "preflight",
    "a header of the session to another origin",
    { row: requestTo(foreign), configuration: { httpAdditionalHeaders: { authorization: "x" } } },
  ],
  [
    "not-repeatable",
    "a POST that must not be repeated",
    { row: { method: "POST" }, configuration: { retry: { limit: 10, unsafe: false } } },
  ],
  [
    "not-repeatable",
    "a POST of which the task says so",
    { row: { method: "POST", retry: { limit: 10, unsafe: false } } },
  ],
  [
    "network-constraints",
    "a session that spares cellular networks",
    { configuration: { allowsExpensiveNetworkAccess: false } },
  ],
  [
    "network-constraints",
    "a session that spares data",
    { configuration: { allowsConstrainedNetworkAccess: false } },
  ],
  ["not-allowed", "a user who forbids it", { conditions: { isAllowed: false } }],
];

/** Reasons against it, unless the app insists. */
const DOUBTS: [TransportReason, string, Case][] = [
  ["no-page", "no page to start it", { conditions: { pages: "none" } }],
  ["refused", "a page that has just tried in vain", { conditions: { isRefused: true } }],
  ["too-many", "as many as an origin may have", { conditions: { isFull: true } }],
  ["unknown-length", "a download of unknown length", { row: { bytesReceived: 1_000 } }],
  ["unknown-length", "a length that is a guess", { row: withFile({ isTotalSure: false }) }],
  ["unknown-length", "a run that has not been answered", { isRunning: true }],
  ["no-strong-etag", "a date alone", { row: withFile({ validator: { kind: "last-modified", value: "x" } }) }],
  ["no-strong-etag", "a server that was caught lying", { row: withFile({ isUnranged: true }) }],
  [
    "no-strong-etag",
    "another origin, where If-Range may not go",
    { row: { ...begun, ...requestTo(foreign) } },
  ],
  ["no-strong-etag", "what came by a detour over another origin", { row: withFile({ isSameOrigin: false }) }],
  ["little-left", "less left than is worth it", { row: { ...withFile({ total: MUCH_BYTES }) } }],
  ["little-left", "a small upload", { row: { ...put, upload: { ...upload, sizeBytes: MUCH_BYTES - 1 } } }],
  ["little-left", "a form, whose size nobody knows", { row: { ...put, upload: { bytesAcknowledged: 0 } } }],
  ["under-way", "an upload that is being sent", { row: put, isRunning: true }],
  [
    "body-on-disk",
    "a body that a page has no time to read when it leaves",
    { row: { ...put, hasBody: true }, conditions: { pages: "leaving" } },
  ],
  ["not-repeatable", "an upload by POST", { row: { ...put, method: "POST" } }],
];

const CHOICES: [TransportReason, TransportChoice["way"], string, Case][] = [
  ["page-open", "worker", "a page is looked at", { conditions: { pages: "visible" } }],
  ["page-open", "worker", "a page was looked at lately", { conditions: { hiddenMs: HIDDEN_MS - 1 } }],
  ["no-page", "worker", "the last page went lately", { conditions: { pages: "none", hiddenMs: 0 } }],
  ["page-hidden", "background-fetch", "a download that has not begun", {}],
  ["page-hidden", "background-fetch", "the rest of a download", { row: begun }],
  ["page-hidden", "background-fetch", "the rest of one that runs", { row: begun, isRunning: true }],
  ["page-hidden", "background-fetch", "an upload that has not begun", { row: put }],
  ["page-leaving", "background-fetch", "the last page leaves", { conditions: { pages: "leaving" } }],
  [
    "page-leaving",
    "background-fetch",
    "the last page leaves that was looked at",
    { row: begun, conditions: { pages: "leaving", hiddenMs: 0 }, isRunning: true },
  ],
  [
    "page-hidden",
    "background-fetch",
    "a simple request to another origin",
    { row: requestTo(foreign, { headers: { "Content-Type": "text/plain", Accept: "*/*" } }) },
  ],
  ["turned-back", "worker", "it did not bring it before", { row: { isTurnedBack: true } }],
  ["data-task", "worker", "a data task", { row: { kind: "data" } }],
  ["under-way", "worker", "a download in several ranges", { row: withFile({ ranges: [] }) }],
];

describe("chooseTransport, on its own", () => {
  it("every documented reason is in one of these tables", () => {
    const tables = [...CHOICES, ...OBSTACLES, ...DOUBTS].map(([reason]) => reason);
    expect(new Set(["asked-for", ...tables])).toEqual(new Set(TRANSPORT_REASONS));
  });

  it("every reason is explained in the docs, once", async () => {
    const text = await readFile(new URL("../../../../docs/transports.md", import.meta.url), "utf8");
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (?:worker|Background Fetch|either) \|/gm)];
    expect(rows.map(([, reason]) => reason).sort()).toEqual([...TRANSPORT_REASONS].sort());
  });

  it.each(CHOICES)("%s, %s: %s", (reason, way, _, given) => {
    expect(choice("auto", given)).toEqual({ way, reason });
  });

  it.each([...OBSTACLES, ...DOUBTS])("%s keeps the task with the worker: %s", (reason, _, given) => {
    expect(choice("auto", given)).toEqual({ way: "worker", reason });
  });

  it("treats a session that was stored before there was a choice as one without a choice", () => {
    const { transport: _, ...stored } = DEFAULT_CONFIGURATION;
    const made = chooseTransport(taskRow(), stored as StoredConfiguration, HIDDEN, false);
    expect(made).toEqual({ way: "background-fetch", reason: "page-hidden" });
  });
});

describe("chooseTransport, if the app insists on the worker", () => {
  it.each([...OBSTACLES, ...DOUBTS])("it is asked for, despite %s: %s", (_, __, given) => {
    expect(choice("worker", given)).toEqual({ way: "worker", reason: "asked-for" });
  });
});

describe("chooseTransport, if the app insists on Background Fetch", () => {
  it.each(OBSTACLES)("%s makes it impossible: %s", (reason, _, given) => {
    expect(choice("background-fetch", given)).toEqual({ way: "none", reason });
  });

  it.each(DOUBTS)("%s is no reason against it: %s", (_, __, given) => {
    expect(choice("background-fetch", given)).toEqual({ way: "background-fetch", reason: "asked-for" });
  });

  it("the worker ends what it fetches in several ranges", () => {
    const given: Case = { row: withFile({ ranges: [[2_000, 3_000]] }) };
    expect(choice("background-fetch", given)).toEqual({ way: "worker", reason: "under-way" });
  });

  it("it is asked for although a page is visible", () => {
    const conditions = { pages: "visible", hiddenMs: 0 } as const;
    expect(choice("background-fetch", { conditions }).way).toBe("background-fetch");
  });

  it("the worker gets a task that came back from there", () => {
    const given: Case = { row: { isTurnedBack: true } };
    expect(choice("background-fetch", given)).toEqual({ way: "worker", reason: "turned-back" });
  });

  it("a data task stays with the worker", () => {
    const given: Case = { row: { kind: "data" }, conditions: { pages: "visible", hiddenMs: 0 } };
    expect(choice("background-fetch", given)).toEqual({ way: "worker", reason: "page-open" });
  });
});

/** The usual values are likely enough that some cases have no obstacle to Background Fetch. */
function mostly<Value>(usual: Value, ...others: Value[]): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
}

const anyFile: fc.Arbitrary<FileRow> = fc.record(
  {
    fileId: fc.constant("key/0"),
    total: fc.constantFrom(1_000, MUCH_BYTES, 3 * MUCH_BYTES),
    isTotalSure: fc.boolean(),
    validator: fc.record({
      kind: fc.constantFrom("etag" as const, "last-modified" as const),
      value: fc.constant('"1"'),
    }),
    isSameOrigin: fc.boolean(),
    isUnranged: fc.constant(true as const),
  },
  { requiredKeys: ["fileId", "isTotalSure", "isSameOrigin"] },
);

const anyRow: fc.Arbitrary<TaskRow> = fc
  .record({
    url: mostly("https://app.test/file", foreign),
    method: mostly("GET", "PUT", "POST"),
    kind: fc.constantFrom("download" as const, "upload" as const, "data" as const),
    credentials: fc.constantFrom<RequestCredentials>("include", "same-origin", "include", "omit"),
    mode: mostly<RequestMode>("cors", "no-cors"),
    header: mostly<Record<string, string>>({}, { "x-app": "1" }),
    bytesReceived: fc.constantFrom(0, 0, 500),
    file: fc.option(anyFile, { nil: undefined }),
    protocol: mostly<"tus" | undefined>(undefined, "tus"),
    sizeBytes: fc.constantFrom(10, 2 * MUCH_BYTES),
    isTurnedBack: mostly<true | undefined>(undefined, true),
    retry: fc.option(fc.record({ limit: fc.constant(1), unsafe: fc.boolean() }), { nil: undefined }),
  })
  .map(({ url, method, credentials, mode, header, protocol, sizeBytes, kind, ...change }) => {
    const request = { ...requestRecord(url, method), credentials, mode, headers: header };
    const size = { sizeBytes, bytesAcknowledged: 0, ...(protocol && { protocol }) };
    return taskRow({ request, kind, ...(kind === "upload" && { upload: size }), ...change });
  });

const anyConditions: fc.Arbitrary<TransportConditions> = fc.record({
  isSupported: mostly(true, false),
  isAllowed: mostly(true, false),
  isRefused: mostly(false, true),
  isFull: mostly(false, true),
  hasWillSend: mostly(false, true),
  origin: fc.constant("https://app.test"),
  pages: fc.constantFrom("visible", "hidden", "leaving", "none"),
  hiddenMs: fc.constantFrom(0, HIDDEN_MS - 1, HIDDEN_MS, 10 * HIDDEN_MS),
});

const anyConfiguration: fc.Arbitrary<StoredConfiguration> = fc
  .record({
    transport: fc.constantFrom("auto" as const, "worker" as const, "background-fetch" as const),
    allowsExpensiveNetworkAccess: mostly(true, false),
    allowsConstrainedNetworkAccess: mostly(true, false),
  })
  .map((change) => ({ ...DEFAULT_CONFIGURATION, ...change }));

const HARD: ReadonlySet<TransportReason> = new Set([
  ...OBSTACLES.map(([reason]) => reason),
  "data-task",
] as const);

describe("chooseTransport, for any input", () => {
  type Asked = readonly [TaskRow, StoredConfiguration, TransportConditions, boolean];
  const anyAsked = fc.tuple(anyRow, anyConfiguration, anyConditions, fc.boolean());

  function holdsFor(check: (made: TransportChoice, ...asked: Asked) => void): void {
    fc.assert(
      fc.property(anyAsked, (asked) => check(chooseTransport(...asked), ...asked)),
      { numRuns: casesOf(2_000) },
    );
  }

  it("an app that asks for the worker always gets it", () => {
    holdsFor(({ way, reason }, _, { transport }) => {
      if (transport === "worker") expect([way, reason]).toEqual(["worker", "asked-for"]);
    });
  });

  it("nothing is impossible if the app does not insist", () => {
    holdsFor(({ way }, { kind }, { transport }) => {
      if (transport !== "background-fetch" || kind === "data") expect(way).not.toBe("none");
    });
  });

  it("an app that insists gets obstacles as the reason, never doubts", () => {
    holdsFor(({ way, reason }, { kind, isTurnedBack }, { transport }) => {
      if (transport !== "background-fetch" || kind === "data") return;
      if (way === "none") expect(HARD).toContain(reason);
      else if (way === "worker") expect([reason, isTurnedBack]).toEqual(["turned-back", true]);
      else expect(reason).toBe("asked-for");
    });
  });

  it("is no background fetch if there is an obstacle", () => {
    holdsFor(({ way }, row, configuration, { isSupported, isAllowed, hasWillSend }) => {
      if (way !== "background-fetch") return;
      expect([isSupported, isAllowed, hasWillSend]).toEqual([true, true, false]);
      expect(row.kind).not.toBe("data");
      expect(row.upload?.protocol).toBeUndefined();
      const isForeign = row.request.url === foreign;
      const { credentials } = row.request;
      expect(isForeign ? credentials === "include" : credentials !== "omit").toBe(true);
      expect(row.request.mode).toBe("cors");
      expect(row.request.method === "POST" && (row.retry ?? configuration.retry).unsafe === false).toBe(
        false,
      );
      expect(configuration.allowsExpensiveNetworkAccess).toBe(true);
      expect(configuration.allowsConstrainedNetworkAccess).toBe(true);
      if (isForeign) expect([row.request.method === "PUT", row.request.headers]).toEqual([false, {}]);
    });
  });

  it("hands over the rest of a download only on proof: its length, a strong ETag, its own origin", () => {
    holdsFor(({ way }, row, { transport }, _, isRunning) => {
      if (way !== "background-fetch" || transport !== "auto" || row.kind !== "download") return;
      if (!isRunning && row.bytesReceived === 0) return;
      expect(row.file).toMatchObject({ isTotalSure: true, validator: { kind: "etag" } });
      expect(row.request.url).toBe("https://app.test/file");
      expect((row.file?.total ?? 0) - row.bytesReceived).toBeGreaterThanOrEqual(MUCH_BYTES);
    });
  });

  it("a visible page keeps everything with the worker, unless the app insists", () => {
    holdsFor(({ way }, { kind }, { transport }, { pages }) => {
      if (pages === "visible" && (transport === "auto" || kind === "data")) expect(way).toBe("worker");
    });
  });

  it("without Background Fetch nothing waits for a page", () => {
    holdsFor(({ way, reason }, _, { transport }, { isSupported }) => {
      if (isSupported) return;
      expect(way).not.toBe("background-fetch");
      if (transport !== "worker") expect(reason).toBe("not-supported");
    });
  });
});
