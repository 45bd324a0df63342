import { describe, expect, it } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { findDownload } from "../../../src/store/find-download.ts";
import { insertTasks } from "../../../src/store/insert.ts";
import { acknowledgeEvents, readEvents } from "../../../src/store/outbox.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { sweepSettled } from "../../../src/store/sweep.ts";
import { changed, changeTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { type RowOptions, taskRow } from "../../support/task-row.ts";

const URL_OF_IT = "https://app.test/film";

function download(key: string, options: RowOptions = {}) {
  const response = { url: "", status: 200, statusText: "", redirected: false, headers: {} };
  return taskRow({ key, url: URL_OF_IT, response, ...options });
}

async function finish(database: Database, now: number, key: string, options: RowOptions = {}): Promise<void> {
  const row = download(key, options);
  await insert(database, row);
  await changeTask(database, row.session, key, "strict", (it) =>
    changed(transition(it, "finish", now), { failure: options.failure }),
  );
}

async function settle(database: Database, now: number): Promise<void> {
  for (const event of await readEvents(database, "session", 0))
    await acknowledgeEvents(database, [event], now);
  await sweepSettled(database, now + 1_000_000);
}

async function found(database: Database): Promise<string | undefined> {
  return (await findDownload(database, "session", URL_OF_IT))?.key;
}

describe("the finished download of a URL", () => {
  const newDatabase = useDatabases();

  it("is the newest one, in whatever order they were made", async () => {
    const database = newDatabase();
    expect(await found(database)).toBeUndefined();
    await finish(database, 30, "newest");
    await finish(database, 20, "older");
    expect(await found(database)).toBe("newest");
  });

  it("is found by each of its URLs, whichever mirror gave the file", async () => {
    const database = newDatabase();
    const mirrors = { urls: [`${URL_OF_IT}#t=5`, "https://b.test/film"], at: 1, untried: 0 };
    await finish(database, 20, "mirrored", { url: "https://b.test/film", mirrors });
    expect(await found(database)).toBe("mirrored");
  });

  it.each<[string, RowOptions]>([
    ["of another session", { session: "other" }],
    ["of another URL", { url: `${URL_OF_IT}?other` }],
    ["that is a data task", { kind: "data" }],
    ["by another method", { method: "POST" }],
    ["that failed", { failure: { code: "timed-out", message: "" } }],
    [
      "that was refused",
      { response: { url: "", status: 404, statusText: "", redirected: false, headers: {} } },
    ],
    ["without a response", { response: undefined }],
  ])("is none %s", async (_, options) => {
    const database = newDatabase();
    await finish(database, 10, "it");
    await finish(database, 20, "another", options);
    expect(await found(database)).toBe("it");
  });

  it("is none that is unfinished", async () => {
    const database = newDatabase();
    await insert(database, download("running"));
    expect(await found(database)).toBeUndefined();
  });

  it("may have a fragment in its URL", async () => {
    const database = newDatabase();
    await finish(database, 10, "it", { url: `${URL_OF_IT}#t=10` });
    expect(await found(database)).toBe("it");
  });

  it("is found behind more tasks than one transaction reads, and writes come in between", async () => {
    const database = newDatabase();
    await finish(database, 10, "it");
    const rows = Array.from({ length: 250 }, (_, index) => taskRow({ key: `k${index}` }));
    await insertTasks(
      database,
      rows.map((row) => ({ row, onDuplicate: "keep" })),
      0,
    );
    for (const { key } of rows)
      await changeTask(database, "session", key, "strict", (row) => transition(row, "finish", 20));
    let isFound = false;
    const finding = found(database).finally(() => {
      isFound = true;
    });
    let writes = 0;
    for (; !isFound; writes += 1) await insert(database, download(`running ${writes}`));
    expect(await finding).toBe("it");
    // One transaction would let two in: before and after the history is read.
    expect(writes).toBeGreaterThan(2);
  });

  it("is found behind rows that leave while it is looked for", async () => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    await finish(database, 10, "it", { keepsHistory: true, isPlaced: true, destination: { opfs: "film" } });
    const keys = Array.from({ length: 250 }, (_, index) => `k${index}`);
    for (const key of keys) await finish(database, 20, key, { kind: "data" });
    const finding = found(database);
    await settle(database, 30);
    expect(await finding).toBe("it");
  });

  it("is gone with its events, unless it was placed and is in the history", async () => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    const destination = { opfs: "film" };
    await finish(database, 10, "placed", { keepsHistory: true, isPlaced: true, destination });
    await finish(database, 20, "placed without history", { isPlaced: true, destination });
    await finish(database, 30, "file in history", { keepsHistory: true });
    await finish(database, 40, "file");
    expect(await found(database)).toBe("file");
    await settle(database, 50);
    expect(await found(database)).toBe("placed");
    await finish(database, 5, "older file");
    expect(await found(database)).toBe("placed");
  });
});
