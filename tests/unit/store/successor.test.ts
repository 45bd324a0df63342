import { describe, expect, it } from "vitest";
import { canResume } from "../../../src/store/can-resume.ts";
import { insertTasks } from "../../../src/store/insert.ts";
import { acknowledgeEvents, readEvents } from "../../../src/store/outbox.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { sweepSettled } from "../../../src/store/sweep.ts";
import { taskInfoOf } from "../../../src/store/task-info-of.ts";
import { changeTask, ended, readTask } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { requestRecord, taskRow } from "../../support/task-row.ts";

const file = {
  fileId: "file",
  total: 1_000,
  isTotalSure: true,
  isSameOrigin: true,
  validator: { kind: "etag", value: '"1"' },
} as const;

describe("a POST download that broke off", () => {
  const newDatabase = useDatabases();

  async function failed() {
    const database = newDatabase();
    const request = { ...requestRecord("https://app.test/", "POST"), body: new ArrayBuffer(5) };
    await insert(database, taskRow({ key: "before", request, file, bytesReceived: 10 }));
    await changeTask(database, "session", "before", "strict", (row) =>
      ended(row, { code: "timed-out", message: "" }, 5),
    );
    return database;
  }

  it("is retried with its body", async () => {
    const database = await failed();
    const row = taskRow({ key: "after", request: requestRecord("https://app.test/", "POST") });
    const predecessor = { key: "before", mustResume: false, hasBody: true };
    await insertTasks(database, [{ row, onDuplicate: "keep", predecessor }], 5);
    const after = (await readTask(database, "session", "after")) as TaskRow;
    expect(after.request.body?.byteLength).toBe(5);
  });

  it("offers no resume data, since they have no body", async () => {
    const database = await failed();
    expect(canResume((await readTask(database, "session", "before")) as TaskRow)).toBe(false);
  });
});

describe("a POST whose body was deleted with its history", () => {
  const newDatabase = useDatabases();

  it("cannot be retried, and neither can the retry: it would be sent without its body", async () => {
    const database = newDatabase();
    const request = requestRecord("https://app.test/", "POST");
    await insert(database, taskRow({ key: "before", kind: "data", request, isBodyGone: true }));
    const predecessor = { key: "before", mustResume: false, hasBody: true };
    const row = taskRow({ key: "after", kind: "data", request });
    await insertTasks(database, [{ row, onDuplicate: "keep", predecessor }], 5);
    const after = (await readTask(database, "session", "after")) as TaskRow;
    expect([after.failure?.code, taskInfoOf(after).hasBody]).toEqual(["file-missing", true]);
  });
});

describe("a cancelled split download in a history", () => {
  const newDatabase = useDatabases();

  it("shows as many bytes after it was stripped as before", async () => {
    const database = newDatabase();
    const ranges = [[500, 900]] as const;
    const row = taskRow({ key: "one", file: { ...file, ranges }, bytesReceived: 10, keepsHistory: true });
    await insert(database, row);
    await changeTask(database, "session", "one", "strict", (it) =>
      ended(it, { code: "cancelled", message: "" }, 5),
    );
    const shown = async () =>
      taskInfoOf((await readTask(database, "session", "one")) as TaskRow).bytesReceived;
    expect(await shown()).toBe(410);
    await acknowledgeEvents(database, await readEvents(database, "session", 0), 5);
    await sweepSettled(database, 1_000_000);
    expect(await shown()).toBe(410);
  });
});
