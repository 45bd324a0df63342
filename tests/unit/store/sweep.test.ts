import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import type { Database } from "../../../src/store/database.ts";
import { acknowledgeEvents, readEvents } from "../../../src/store/outbox.ts";
import { appendPart, readParts } from "../../../src/store/parts.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { SETTLED_GRACE_MS, sweepExpired, sweepOrphans, sweepSettled } from "../../../src/store/sweep.ts";
import { changed, changeTask, readTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { eventsOf, everythingIn, insert } from "../../support/stored.ts";
import { type RowOptions, taskRow } from "../../support/task-row.ts";

const DAY_MS = 86_400_000;

function fileOf(key: string) {
  return { fileId: `${key}/0`, isTotalSure: false, isSameOrigin: true };
}

/** Inserts a download with one part on disk. */
async function download(database: Database, key: string, options: RowOptions = {}): Promise<void> {
  const row = taskRow({ key, ...options });
  await insert(database, row);
  await appendPart(database, {
    session: row.session,
    key,
    fileId: `${key}/0`,
    offset: 0,
    bytes: new Blob(["bytes"]),
    isFirst: true,
    change: { file: fileOf(key) },
  });
}

async function finish(database: Database, key: string, now: number, session = "session"): Promise<void> {
  await changeTask(database, session, key, "strict", (row) => transition(row, "finish", now));
}

async function settle(database: Database, now: number): Promise<void> {
  for (const event of await readEvents(database, "session", 0))
    await acknowledgeEvents(database, [event], now);
}

describe("sweepSettled", () => {
  const newDatabase = useDatabases();

  it("deletes row, body and bytes once the grace period is over", async () => {
    const database = newDatabase();
    await download(database, "a");
    await finish(database, "a", 1);
    await settle(database, 100);
    await sweepSettled(database, 100 + SETTLED_GRACE_MS - 1);
    expect((await everythingIn(database)).parts.length).toBe(1);
    await sweepSettled(database, 100 + SETTLED_GRACE_MS);
    expect(await everythingIn(database)).toMatchObject({ tasks: [], bodies: [], parts: [], outbox: [] });
  });

  it("leaves unsettled tasks alone", async () => {
    const database = newDatabase();
    await download(database, "running");
    await download(database, "finished");
    await finish(database, "finished", 1);
    await sweepSettled(database, 10 * DAY_MS);
    expect((await everythingIn(database)).tasks.length).toBe(2);
    expect((await everythingIn(database)).parts.length).toBe(2);
  });

  it("keeps the bytes of a resumable failed download until they expire", async () => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    await download(database, "a");
    await changeTask(database, "session", "a", "strict", (row) =>
      changed(transition(row, "finish", 1), {
        failure: { code: "network-lost", message: "gone" },
        file: { ...fileOf("a"), validator: { kind: "etag", value: '"1"' } },
      }),
    );
    await settle(database, 2);
    await sweepSettled(database, 6 * DAY_MS);
    expect((await everythingIn(database)).parts.length).toBe(1);
    await sweepExpired(database, 7 * DAY_MS + 1);
    await sweepSettled(database, 7 * DAY_MS + 1);
    expect(await everythingIn(database)).toMatchObject({ tasks: [], parts: [] });
  });
});

describe("what is swept when its events are settled", () => {
  const newDatabase = useDatabases();
  const FAILED = { code: "timed-out", message: "" } as const;
  const CANCELLED = { code: "cancelled", message: "" } as const;
  const PROVED = { ...fileOf("a"), validator: { kind: "etag", value: '"1"' } } as const;
  const UPLOAD: RowOptions = {
    kind: "upload",
    upload: { sizeBytes: 5, bytesAcknowledged: 0 },
    hasBody: true,
  };

  it.each<[string, RowOptions, isKept: boolean]>([
    ["a success", {}, false],
    ["a success of which the user has still to be told", { notificationDue: 5 }, true],
    ["a failure that holds its queue", { failure: CANCELLED, holds: ["session", "q"] }, true],
    ["a failed download that can be resumed", { failure: FAILED, file: PROVED, bytesReceived: 5 }, true],
    ["one that is forgotten", { failure: FAILED, file: PROVED, bytesReceived: 5, isForgotten: true }, false],
    [
      "one that has expired",
      { failure: FAILED, file: PROVED, bytesReceived: 5, finishedAt: undefined },
      false,
    ],
    ["a failed download without bytes", { failure: FAILED }, false],
    ["a failed data task with a body", { kind: "data", failure: FAILED, hasBody: true }, true],
    ["a cancelled data task with a body", { kind: "data", failure: CANCELLED, hasBody: true }, true],
    ["a data task with a body that succeeded", { kind: "data", hasBody: true }, false],
    ["a failed upload", { ...UPLOAD, failure: FAILED }, true],
    ["a cancelled upload", { ...UPLOAD, failure: CANCELLED }, false],
    ["an upload whose file is missing", { ...UPLOAD, failure: { code: "file-missing", message: "" } }, false],
  ])("%s: %j is kept: %s", async (_name, change, isKept) => {
    const database = newDatabase();
    const done = { key: "a", state: "completed", live: undefined, finishedAt: 1, settledAt: 1 } as const;
    await insert(database, taskRow({ ...done, ...change }));
    await sweepSettled(database, SETTLED_GRACE_MS + 1);
    expect((await everythingIn(database)).tasks).toHaveLength(isKept ? 1 : 0);
  });
});

describe("sweepExpired", () => {
  const newDatabase = useDatabases();

  it("deletes bytes that are not collected within the retention time; the event stays and says expired", async () => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    await download(database, "a");
    await finish(database, "a", 1_000);
    await sweepExpired(database, 1_000 + 7 * DAY_MS - 1);
    expect((await everythingIn(database)).parts.length).toBe(1);
    await sweepExpired(database, 1_000 + 7 * DAY_MS);
    expect((await everythingIn(database)).parts).toEqual([]);
    expect(await eventsOf(database, "a")).toEqual(["didComplete"]);
    expect(await readTask(database, "session", "a")).toMatchObject({ failure: { code: "expired" } });
  });

  it("uses each session's own retention", async () => {
    const database = newDatabase();
    for (const [session, days] of [
      ["short", 1],
      ["long", 30],
    ] as const) {
      const retention = (days * DAY_MS) / 1_000;
      await openStoredSession(database, session, { ...DEFAULT_CONFIGURATION, retention });
      await download(database, session, { session });
      await finish(database, session, 0, session);
    }
    await sweepExpired(database, 2 * DAY_MS);
    expect((await everythingIn(database)).parts.map(({ session }) => session)).toEqual(["long"]);
  });

  it("expires a task once, and deletes it after its delivery", async () => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    await download(database, "a");
    await finish(database, "a", 0);
    await sweepExpired(database, 8 * DAY_MS);
    const before = await everythingIn(database);
    await sweepExpired(database, 9 * DAY_MS);
    expect(await everythingIn(database)).toEqual(before);
    await settle(database, 9 * DAY_MS);
    await sweepSettled(database, 10 * DAY_MS);
    expect((await everythingIn(database)).tasks).toEqual([]);
  });

  it.each<[RowOptions, object]>([
    [{ hasBody: true }, { isBodyGone: true, failure: { code: "expired" } }],
    [{ isBodyGone: true }, { isBodyGone: true, failure: { code: "expired" } }],
    [{}, { isBodyGone: undefined, failure: { code: "expired" } }],
    [{ isPlaced: true }, { isPlaced: true, failure: undefined }],
  ])("what had %j when it expired: %j", async (change, expected) => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    await insert(database, taskRow({ key: "a", bytesReceived: 5, ...change }));
    await finish(database, "a", 1_000);
    await sweepExpired(database, 1_000 + 7 * DAY_MS);
    const row = await readTask(database, "session", "a");
    expect({ isBodyGone: undefined, failure: undefined, ...row }).toMatchObject(expected);
    expect(row).toMatchObject({ bytesReceived: 5 });
    for (const name of ["finishedAt", "hasBody", "file"]) expect(row).not.toHaveProperty(name);
  });

  it("what is left of a session that is gone expires with the shortest retention time", async () => {
    const database = newDatabase();
    await download(database, "a", { session: "gone" });
    await finish(database, "a", 0, "gone");
    await sweepExpired(database, 1_000 * DAY_MS);
    expect((await everythingIn(database)).parts).toHaveLength(1);
    for (const [session, days] of [
      ["short", 1],
      ["long", 30],
    ] as const)
      await openStoredSession(database, session, {
        ...DEFAULT_CONFIGURATION,
        retention: (days * DAY_MS) / 1_000,
      });
    await sweepExpired(database, DAY_MS - 1);
    expect((await everythingIn(database)).parts).toHaveLength(1);
    await sweepExpired(database, DAY_MS);
    expect((await everythingIn(database)).parts).toEqual([]);
  });

  it("never touches an unfinished task, however old", async () => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    await download(database, "a");
    await sweepExpired(database, 1_000 * DAY_MS);
    expect((await everythingIn(database)).parts.length).toBe(1);
  });

  it("keeps the reason why a task failed", async () => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    await download(database, "a");
    const failure = { code: "blocked", message: "no" } as const;
    await changeTask(database, "session", "a", "strict", (row) =>
      changed(transition(row, "finish", 0), { failure }),
    );
    await sweepExpired(database, 8 * DAY_MS);
    expect((await readTask(database, "session", "a"))?.failure).toEqual(failure);
  });
});

describe("sweepOrphans", () => {
  const newDatabase = useDatabases();

  it("deletes only files that no task refers to", async () => {
    const database = newDatabase();
    await download(database, "a");
    await download(database, "b");
    await database.write(["parts"], "relaxed", async (tx) => {
      const part = { session: "session", sizeBytes: 1, bytes: new Blob(["x"]), level: 0 };
      for (const fileId of ["a/1", "gone/0"])
        for (const offset of [0, 1, 2]) await tx.objectStore("parts").put({ ...part, fileId, offset });
      await tx.objectStore("parts").put({ ...part, session: "other", fileId: "a/0x", offset: 0 });
    });
    expect(await sweepOrphans(database)).toBe(3);
    expect((await everythingIn(database)).parts.map(({ fileId }) => fileId)).toEqual(["a/0", "b/0"]);
    expect(await sweepOrphans(database)).toBe(0);
    expect((await readParts(database, "session", "a/0")).length).toBe(1);
  });
});
