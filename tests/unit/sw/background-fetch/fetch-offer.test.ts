import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FetchOffer, OfferedTask } from "../../../../src/protocol/background-fetch.ts";
import { FETCH_PREFIX, tasksInFetchId } from "../../../../src/protocol/background-fetch.ts";
import { parseCommand } from "../../../../src/protocol/commands.ts";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import type { FileRow, TaskRow } from "../../../../src/store/schema.ts";
import type { LiveFacts } from "../../../../src/store/task-info-of.ts";
import { type OfferedRow, offerOf } from "../../../../src/sw/background-fetch/fetch-offer.ts";
import { MUCH_BYTES } from "../../../../src/sw/decisions/choose-transport.ts";
import { type RowOptions, requestRecord, taskRow } from "../../../support/task-row.ts";

const MIB = 1024 * 1024;

const FILE: FileRow = {
  fileId: "key/0",
  total: 100 * MIB,
  isTotalSure: true,
  validator: { kind: "etag", value: '"1"' },
  isSameOrigin: true,
};

function offered(
  row: TaskRow,
  facts?: Partial<LiveFacts>,
  configuration = DEFAULT_CONFIGURATION,
): OfferedRow {
  const live = facts && ({ activity: "transferring", ...facts } as const);
  return { row, reason: "page-leaving", configuration, facts: live };
}

function offerFor(...options: RowOptions[]): FetchOffer | undefined {
  return offerOf(options.map((option) => offered(taskRow(option))));
}

/** The only task of an offer for a row and what is known of its run. */
function taskFor(options: RowOptions, facts?: Partial<LiveFacts>): OfferedTask | undefined {
  return offerOf([offered(taskRow(options), facts)])?.tasks[0];
}

const begun: RowOptions = { file: FILE, bytesReceived: 10 * MIB };

describe("where a background fetch begins", () => {
  it("at the first byte if the download has not begun, without Range", () => {
    const task = taskFor({});
    expect(task).toMatchObject({ start: 0, request: { headers: {} } });
    expect(task).not.toHaveProperty("fileId");
  });

  it("where the bytes on disk end if it does not run", () => {
    expect(taskFor(begun)).toMatchObject({ start: 10 * MIB, fileId: "key/0" });
  });

  it("at the start if only a date could prove that the file is the same", () => {
    const file: FileRow = { ...FILE, validator: { kind: "last-modified", value: "today" } };
    expect(taskFor({ ...begun, file })).toMatchObject({ start: 0, request: { headers: {} } });
  });

  it.each([
    ["a slow run", 10_000, MIB],
    ["a run of unknown speed", undefined, MIB],
    ["a fast run", 5_000_000, 15_000_000],
  ])("ahead of what runs: %s", (_, bytesPerSecond, aheadBytes) => {
    const task = taskFor(begun, { bytesReceived: 20 * MIB, bytesPerSecond });
    expect(task?.start).toBe(20 * MIB + aheadBytes);
  });

  it("ahead of the bytes on disk if its run has not reported its progress", () => {
    expect(taskFor(begun, {})?.start).toBe(11 * MIB);
  });

  it("at a whole byte, whatever the speed", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (bytesPerSecond) => {
        expect(taskFor(begun, { bytesPerSecond })?.start).toSatisfy(Number.isSafeInteger);
      }),
    );
  });

  it("nowhere if the worker will have come so far that little is left", () => {
    const near = FILE.total as number;
    expect(taskFor({ ...begun, bytesReceived: near - MUCH_BYTES })?.start).toBe(near - MUCH_BYTES);
    expect(offerFor({ ...begun, bytesReceived: near - MUCH_BYTES + 1 })).toBeUndefined();
    expect(taskFor(begun, { bytesReceived: near - MUCH_BYTES })).toBeUndefined();
  });

  it("where the bytes on disk end, however little is left, if the app insists on it", () => {
    const bytesReceived = (FILE.total as number) - 1;
    const row = { ...offered(taskRow({ ...begun, bytesReceived })), reason: "asked-for" as const };
    expect(offerOf([row])?.tasks[0]?.start).toBe(bytesReceived);
  });

  it("at the start if the bytes came from another origin, to which If-Range may not be sent", () => {
    expect(taskFor({ ...begun, file: { ...FILE, isSameOrigin: false } })?.start).toBe(0);
  });

  it("is stored with the file of the bytes before it, so that no other file is continued", () => {
    fc.assert(
      fc.property(fc.nat(80 * MIB), (bytesReceived) => {
        const task = taskFor({ ...begun, bytesReceived });
        expect([task?.start, task?.fileId]).toEqual([bytesReceived, bytesReceived > 0 ? "key/0" : undefined]);
      }),
    );
  });
});

describe("the request of a background fetch", () => {
  it("requests the rest only if the file is still the same: otherwise two versions would be mixed", () => {
    expect(taskFor(begun)?.request.headers).toEqual({ range: `bytes=${10 * MIB}-`, "if-range": '"1"' });
  });

  it("has Range and If-Range together or not at all", () => {
    const anyValidator = fc.constantFrom(undefined, FILE.validator, {
      kind: "last-modified" as const,
      value: "x",
    });
    fc.assert(
      fc.property(anyValidator, fc.nat(20 * MIB), (validator, bytesReceived) => {
        const { validator: _, ...unproved } = FILE;
        const file = { ...unproved, ...(validator && { validator }) };
        const { headers } = taskFor({ file, bytesReceived })?.request ?? {};
        expect(headers?.range === undefined).toBe(headers?.["if-range"] === undefined);
      }),
    );
  });

  it("has the headers of the task, or of its session if the task has none, and the idempotency key", () => {
    const request = { ...requestRecord("https://app.test/file"), headers: { "x-app": "task" } };
    const configuration = {
      ...DEFAULT_CONFIGURATION,
      httpAdditionalHeaders: { "x-app": "session", "x-more": "1" },
    };
    const row = taskRow({ request, idempotencyKey: "uuid" });
    expect(offerOf([offered(row, undefined, configuration)])?.tasks[0]?.request.headers).toEqual({
      "x-app": "task",
      "x-more": "1",
      "idempotency-key": "uuid",
    });
  });

  it("is not also stored in the HTTP cache", () => {
    expect(taskFor({})?.request.cache).toBe("no-store");
  });

  it("says whether its body is in the database", () => {
    expect(taskFor({ kind: "upload", method: "PUT", hasBody: true })?.hasBody).toBe(true);
    expect(taskFor({})?.hasBody).toBe(false);
  });

  it("does not change the row", () => {
    const row = taskRow(begun);
    const before = structuredClone(row);
    offerOf([offered(row)]);
    expect(row).toEqual(before);
  });
});

describe("an offer", () => {
  it("is undefined if there is nothing to fetch", () => {
    expect(offerOf([])).toBeUndefined();
  });

  it("has a new id each time, which differs from those of the app's own registrations", () => {
    const ids = [offerFor({})?.id, offerFor({})?.id];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(new RegExp(`^${FETCH_PREFIX}[-0-9a-f]{36} `));
  });

  it("names its tasks in its id, so that any worker can take it up", () => {
    const offer = offerFor({ ...begun, session: "a session" }, { session: '名前 " \\', key: "new" });
    const [one, two] = offer?.tasks ?? [];
    expect(tasksInFetchId(offer?.id ?? "")).toEqual([
      { session: "a session", key: one?.key, start: 10 * MIB, fileId: "key/0", reason: "page-leaving" },
      { session: '名前 " \\', key: two?.key, start: 0, reason: "page-leaving" },
    ]);
  });

  it("has an id that can be parsed, even with fifty tasks of the longest and oddest sessions", () => {
    const rows = Array.from(
      { length: 50 },
      (_, n): RowOptions => ({
        ...begun,
        session: "\ud800".repeat(256),
        key: crypto.randomUUID(),
        url: `https://app.test/${n}`,
      }),
    );
    const id = offerFor(...rows)?.id ?? "";
    const tasks = tasksInFetchId(id);
    expect(tasks).toHaveLength(50);
    expect(typeof parseCommand({ type: "fetch-started", id, tasks })).toBe("object");
  });

  it("keeps the order of the tasks, and the reason for each", () => {
    const offer = offerFor({ key: "a", url: "https://app.test/1" }, { key: "b", url: "https://app.test/2" });
    expect(offer?.tasks.map(({ key, reason }) => [key, reason])).toEqual([
      ["a", "page-leaving"],
      ["b", "page-leaving"],
    ]);
  });

  it("has only one of several tasks with the same request: their responses could not be told apart", () => {
    const url = "https://app.test/same";
    expect(offerFor({ key: "a", url }, { key: "b", url })?.tasks.map(({ key }) => key)).toEqual(["a"]);
  });

  it("tells requests apart by method, URL and first byte", () => {
    const url = "https://app.test/same";
    const keys = offerFor(
      { key: "get", url },
      { key: "put", url, method: "PUT" },
      { key: "other", url: `${url}2` },
      { key: "rest", url, ...begun },
    )?.tasks.map(({ key }) => key);
    expect(keys).toEqual(["get", "put", "other", "rest"]);
  });

  it("says how many bytes are to come if every length is certain", () => {
    const second: RowOptions = { file: { ...FILE, fileId: "b/0", total: 50 * MIB }, bytesReceived: 0 };
    const offer = offerFor({ ...begun, url: "https://app.test/1" }, { ...second, url: "https://app.test/2" });
    expect(offer?.options.downloadTotal).toBe(90 * MIB + 50 * MIB);
  });

  it.each<[string, RowOptions]>([
    ["a download that has not begun", {}],
    ["a length that is a guess", { file: { ...FILE, isTotalSure: false } }],
    ["an upload", { kind: "upload", method: "PUT" }],
  ])("does not say how much where one length is not sure: %s", (_, unsure) => {
    const offer = offerFor({ ...begun, url: "https://app.test/1" }, { ...unsure, url: "https://app.test/2" });
    expect(offer?.tasks.length).toBe(2);
    expect(offer?.options).not.toHaveProperty("downloadTotal");
  });

  it("does not count tasks that are not worth it, or have the same request as another", () => {
    const near = { ...begun, url: "https://app.test/near", bytesReceived: 99 * MIB };
    const offer = offerFor(begun, begun, near);
    expect(offer?.tasks.length).toBe(1);
    expect(offer?.options).toMatchObject({ title: "file", downloadTotal: 90 * MIB });
  });

  it.each<[string, string, RowOptions]>([
    ["Episode 42", "its description", { description: "Episode 42" }],
    ["42.mp3", "the name in its address", { url: "https://app.test/episodes/42.mp3?signature=secret" }],
    ["episodes", "the name of a folder", { url: "https://app.test/episodes/" }],
    ["app.test", "its host, where there is no name", { url: "https://app.test/" }],
  ])("is called %s: %s", (title, _, row) => {
    expect(offerFor(row)?.options.title).toBe(title);
  });

  it("for several tasks is titled after the first one, with the number of the others", () => {
    const rows = [1, 2, 3].map((index) => ({ url: `https://app.test/${index}.mp3` }));
    expect(offerFor(...rows)?.options.title).toBe("1.mp3 (+2)");
  });

  it("shows the first icon that there is", () => {
    const icon = (url: string, src: string): RowOptions => ({ url, notification: { title: "x", icon: src } });
    const offer = offerFor(
      { url: "https://app.test/1" },
      icon("https://app.test/2", "/two.png"),
      icon("https://app.test/3", "/three.png"),
    );
    expect(offer?.options.icons).toEqual([{ src: "/two.png" }]);
    expect(offerFor({})?.options).not.toHaveProperty("icons");
  });

  it("can be sent to a page", () => {
    const offer = offerFor(begun);
    expect(structuredClone(offer)).toEqual(offer);
  });
});
