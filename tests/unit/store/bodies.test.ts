import { describe, expect, it } from "vitest";
import {
  bodyInitOf,
  hasEmptyFile,
  isReadable,
  readBody,
  sizeOf,
  withoutBody,
} from "../../../src/store/bodies.ts";
import { insertTasks } from "../../../src/store/insert.ts";
import type { BodyContent, FormPart, ResponseRow, TaskRow } from "../../../src/store/schema.ts";
import { copyOfBody } from "../../../src/store/stored-blobs.ts";
import { sweepSettled } from "../../../src/store/sweep.ts";
import { changed, changeTask, ended, readTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { everythingIn } from "../../support/stored.ts";
import { type RowOptions, requestRecord, taskRow } from "../../support/task-row.ts";

const UPLOAD: RowOptions = {
  key: "upload",
  kind: "upload",
  method: "POST",
  hasBody: true,
  upload: { sizeBytes: 5, bytesAcknowledged: 0 },
};
const LATER = 1_000_000;

function answered(status: number): (row: TaskRow) => TaskRow {
  const response: ResponseRow = { url: "", status, statusText: "", headers: {}, redirected: false };
  return (row) => changed(transition(row, "finish", 1), { response });
}

function failed(code: "cancelled" | "timed-out", isResumable?: true): (row: TaskRow) => TaskRow {
  return (row) => changed(ended(row, { code, message: "" }, 1), { isResumable });
}

describe("the body of an upload", () => {
  const newDatabase = useDatabases();

  async function stored(body: BodyContent = new Blob(["photo"]), options: RowOptions = UPLOAD) {
    const database = newDatabase();
    await insertTasks(database, [{ row: taskRow(options), body, onDuplicate: "keep" }], 0);
    return database;
  }

  it("is read as it was stored: bytes, form parts, or the bytes in the row", async () => {
    const form: FormPart[] = [
      ["a", "1"],
      ["a", "2"],
    ];
    for (const [content, expected] of [
      [new Blob(["photo"]), "photo"],
      [form, form],
    ] as const) {
      const database = await stored(content);
      const row = (await readTask(database, "session", "upload")) as TaskRow;
      const body = await readBody(database, row);
      expect(body instanceof Blob ? await body.text() : body).toEqual(expected);
    }
    const request = { ...requestRecord("https://app.test/", "POST"), body: new Uint8Array([1, 2]).buffer };
    expect(await readBody(newDatabase(), taskRow({ request }))).toMatchObject({ size: 2 });
    expect(await readBody(newDatabase(), taskRow())).toBeUndefined();
  });

  it.each<[string, (row: TaskRow) => TaskRow, number]>([
    ["is freed when the upload succeeds", answered(201), 0],
    ["is freed at the first status of success", answered(200), 0],
    ["is freed at the last status of success", answered(299), 0],
    ["stays after a redirection that was not followed", answered(300), 1],
    ["stays after what is no final status", answered(199), 1],
    ["stays if there is no response", (row) => transition(row, "finish", 1), 1],
    ["is freed when the upload is cancelled", failed("cancelled"), 0],
    ["stays when the status is not a success", answered(413), 1],
    ["stays when the upload fails", failed("timed-out"), 1],
    ["stays when the upload is cancelled with resume data", failed("cancelled", true), 1],
  ])("%s", async (_, change, count) => {
    const database = await stored();
    await changeTask(database, "session", "upload", "strict", change);
    expect((await everythingIn(database)).bodies).toHaveLength(count);
  });

  it.each<[string, (row: TaskRow) => TaskRow, number]>([
    ["is deleted with a row that succeeded", answered(201), 0],
    ["is deleted with a row whose status is not a success", answered(413), 0],
    ["is deleted with a row that was cancelled", failed("cancelled"), 0],
    ["is kept with a row that failed", failed("timed-out"), 1],
    ["is kept with a row that was cancelled with resume data", failed("cancelled", true), 1],
  ])("%s once all its events are delivered", async (_, change, count) => {
    const database = await stored();
    await changeTask(database, "session", "upload", "strict", (row) =>
      changed(change(row), { settledAt: 2 }),
    );
    await sweepSettled(database, LATER);
    const { tasks, bodies } = await everythingIn(database);
    expect([tasks.length, bodies.length]).toEqual([count, count]);
  });

  it("that is gone is nothing to send", async () => {
    const database = await stored();
    const row = (await readTask(database, "session", "upload")) as TaskRow;
    await database.write(["bodies"], "relaxed", (tx) => tx.objectStore("bodies").clear());
    expect(await readBody(database, row)).toBeUndefined();
  });

  it("is missed by a row from which it was taken, but not by one that had none", () => {
    expect(withoutBody(taskRow({ ...UPLOAD, bodyOf: "other" }))).toEqual(
      changed(taskRow({ ...UPLOAD }), {
        hasBody: undefined,
        isBodyGone: true,
        order: expect.anything(),
        live: expect.anything(),
      }),
    );
    expect(withoutBody(taskRow())).not.toHaveProperty("isBodyGone");
  });

  it("stays for a retry of a data task, even after a cancellation", async () => {
    const database = await stored(new Blob(["x"]), { ...UPLOAD, kind: "data", upload: undefined });
    await changeTask(database, "session", "upload", "strict", failed("cancelled"));
    expect((await everythingIn(database)).bodies).toHaveLength(1);
  });
});

describe("isReadable", () => {
  it("is true for readable bytes, also inside a form", async () => {
    expect(await isReadable(new Blob(["x"]))).toBe(true);
    const form: FormPart[] = [
      ["name", "text"],
      ["file", new File(["x"], "x")],
    ];
    expect(await isReadable(form)).toBe(true);
  });

  // A browser reports a deleted file as empty, and reads an empty slice of it without looking.
  it("is false for an empty file that is gone", async () => {
    const gone = new File([], "gone");
    gone.arrayBuffer = () => Promise.reject(new DOMException("", "NotFoundError"));
    expect(await isReadable(gone)).toBe(false);
    expect(await isReadable(new File([], "empty"))).toBe(true);
  });

  it("is false for a file that is gone, also inside a form", async () => {
    const gone = new File(["x"], "gone");
    gone.slice = () =>
      ({ arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) }) as Blob;
    expect(await isReadable(gone)).toBe(false);
    expect(
      await isReadable([
        ["name", "text"],
        ["file", gone],
      ]),
    ).toBe(false);
  });
});

it("hasEmptyFile finds an empty file, also inside a form, and no other empty bytes", () => {
  const [empty, full] = [new File([], "empty"), new File(["x"], "x")];
  expect([empty, full, new Blob([])].map(hasEmptyFile)).toEqual([true, false, false]);
  const form = (file: File): FormPart[] => [
    ["text", ""],
    ["full", full],
    ["file", file],
  ];
  expect([form(empty), form(full)].map(hasEmptyFile)).toEqual([true, false]);
});

it("bytes are sent as they are", () => {
  const blob = new Blob(["x"]);
  expect(bodyInitOf(blob)).toBe(blob);
});

it("sizeOf adds up the parts of a form", () => {
  expect(sizeOf(new Blob(["abc"]))).toBe(3);
  expect(
    sizeOf([
      ["name", "ab"],
      ["file", new File(["abc"], "x")],
    ]),
  ).toBe(5);
});

describe("a form that is sent again", () => {
  it("has its files under the names stored beside them", async () => {
    const parts: FormPart[] = [
      ["text", "x"],
      ["plain", new File(["1"], "a.txt")],
      ["chosen", new File(["2"], "a.txt"), "Trip/day1/a.txt"],
    ];
    const names = async (content: BodyContent) =>
      [...(bodyInitOf(content) as FormData)].map(([, value]) =>
        typeof value === "string" ? value : value.name,
      );
    expect(await names(parts)).toEqual(["x", "a.txt", "Trip/day1/a.txt"]);
    expect(await names(await copyOfBody(parts))).toEqual(["x", "a.txt", "Trip/day1/a.txt"]);
  });
});
