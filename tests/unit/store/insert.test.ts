import { describe, expect, it } from "vitest";
import { readBody } from "../../../src/store/bodies.ts";
import { insertTasks } from "../../../src/store/insert.ts";
import { acknowledgeEvents, readEvents, type StoredEvent } from "../../../src/store/outbox.ts";
import type { ResponseRow, TaskRow } from "../../../src/store/schema.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { sweepSettled } from "../../../src/store/sweep.ts";
import { changed, changeTask, ended, liveTasks, readTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { eventsOf, everythingIn, insert } from "../../support/stored.ts";
import { namedRow, type RowOptions, requestRecord, taskRow } from "../../support/task-row.ts";

const FAILURE = { code: "network-lost", message: "gone" } as const;

describe("insertTasks", () => {
  const newDatabase = useDatabases();

  it("writes a whole batch in order", async () => {
    const database = newDatabase();
    const rows = Array.from({ length: 50 }, () => taskRow());
    const insertions = await insertTasks(
      database,
      rows.map((row) => ({ row, onDuplicate: "keep" })),
      0,
    );
    expect(insertions).toEqual(rows.map((row) => ({ isInserted: true, row })));
    expect(await liveTasks(database)).toEqual(rows);
  });

  it("writes a whole batch or nothing", async () => {
    const database = newDatabase();
    const row = taskRow();
    const batch = [taskRow(), row, row].map((it) => ({ row: it, onDuplicate: "keep" as const }));
    await expect(insertTasks(database, batch, 0)).rejects.toMatchObject({ name: "ConstraintError" });
    expect((await everythingIn(database)).tasks).toEqual([]);
  });

  it("a failed batch rejects once: its single writes cause no unhandled rejections", async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on("unhandledRejection", hear);
    const row = taskRow();
    const over = taskRow({ state: "completed", live: undefined, failure: FAILURE });
    const batch = [row, row, over].map((it) => ({ row: it, onDuplicate: "keep" as const }));
    await expect(insertTasks(newDatabase(), batch, 0)).rejects.toMatchObject({ name: "ConstraintError" });
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", hear);
    expect(unheard).toEqual([]);
  });

  it("writes nothing for a session that another tab has deleted", async () => {
    const database = newDatabase();
    const batch = [{ row: taskRow(), onDuplicate: "keep" as const }];
    await expect(insertTasks(database, batch, 0, "session")).rejects.toMatchObject({
      code: "session-invalidated",
      message: expect.stringContaining('"session"'),
    });
    expect((await everythingIn(database)).tasks).toEqual([]);
    await openStoredSession(database, "session", undefined);
    expect(await insertTasks(database, batch, 0, "session")).toMatchObject([{ isInserted: true }]);
  });

  it("what takes an id and cannot begin is left to the daemon: others may wait for the id", async () => {
    const database = newDatabase();
    await insert(database, namedRow("mine"));
    const predecessor = { key: "gone", mustResume: true, hasBody: false };
    const row = namedRow("mine", { dependsOn: [["session", "other"]] });
    const [insertion] = await insertTasks(database, [{ row, onDuplicate: "replace", predecessor }], 5);
    expect(insertion?.row).toMatchObject({ state: "running", failure: { code: "resume-data-invalid" } });
    expect(insertion?.row).not.toHaveProperty("dependsOn");
    expect(await eventsOf(database, row.key)).toEqual([]);
  });

  it("writes a large body beside its row", async () => {
    const database = newDatabase();
    const row = taskRow({ hasBody: true, method: "POST" });
    await insertTasks(database, [{ row, body: new Blob(["body"]), onDuplicate: "keep" }], 0);
    const [stored] = (await everythingIn(database)).bodies as { key: string; body: Blob }[];
    expect(stored?.key).toBe(row.key);
    expect(await stored?.body.text()).toBe("body");
  });

  it("keep leaves the stored task alone and returns it", async () => {
    const database = newDatabase();
    const first = namedRow("mine");
    await insert(database, first);
    expect(await insert(database, namedRow("mine"))).toEqual({ isInserted: false, row: first });
    expect(await liveTasks(database)).toEqual([first]);
  });

  it("replace ends the stored task as cancelled, writes its events and takes over its id", async () => {
    const database = newDatabase();
    const first = namedRow("mine", { completion: { handler: "done", context: 1 } });
    const second = namedRow("mine");
    await insert(database, first);
    expect(await insert(database, second, "replace", 77)).toEqual({
      isInserted: true,
      row: second,
      others: [first.key],
    });
    const { tasks } = await everythingIn(database);
    expect(tasks.find(({ key }) => key === first.key)).toMatchObject({
      state: "completed",
      failure: { code: "cancelled" },
      finishedAt: 77,
    });
    expect(await eventsOf(database, first.key)).toEqual(["didComplete", "completionHandler"]);
    expect(await liveTasks(database)).toEqual([second]);
    expect(await insert(database, namedRow("mine"))).toMatchObject({ isInserted: false, row: second });
  });

  it.each<[string, RowOptions, Blob | undefined]>([
    ["in its row", { request: { ...taskRow().request, body: new ArrayBuffer(3) } }, undefined],
    ["beside it", { hasBody: true }, new Blob(["abc"])],
    ["that an upload took over", { kind: "upload", hasBody: true }, new Blob(["abc"])],
  ])(
    "a replaced task keeps no body (%s), and is deleted when its event is settled",
    async (_, options, body) => {
      const database = newDatabase();
      const first = namedRow("mine", { kind: "data", ...options });
      await insertTasks(database, [{ row: first, onDuplicate: "keep", ...(body && { body }) }], 0);
      await insert(database, namedRow("mine"), "replace", 5);
      expect((await everythingIn(database)).bodies).toEqual([]);
      expect(await readTask(database, "session", first.key)).toMatchObject({ isBodyGone: true });
      const [event] = (await readEvents(database, "session", 0)) as [StoredEvent];
      await acknowledgeEvents(database, [event], 6);
      await sweepSettled(database, 6, 0);
      expect(await readTask(database, "session", first.key)).toBeUndefined();
    },
  );

  it("replace keeps the result and events of a finished task and takes over its id", async () => {
    const database = newDatabase();
    const first = namedRow("mine");
    await insert(database, first);
    await changeTask(database, "session", first.key, "strict", (row) => ended(row, FAILURE, 5));
    const second = namedRow("mine");
    expect((await insert(database, second, "replace")).isInserted).toBe(true);
    expect(await eventsOf(database, first.key)).toEqual(["didComplete"]);
    expect((await insert(database, namedRow("mine"))).row.key).toBe(second.key);
  });

  it("keep returns a finished task too, as long as its events are stored", async () => {
    const database = newDatabase();
    const first = namedRow("mine");
    await insert(database, first);
    await changeTask(database, "session", first.key, "strict", (row) => ended(row, FAILURE, 5));
    expect((await insert(database, namedRow("mine"))).isInserted).toBe(false);
  });

  it("decides on duplicates inside the transaction, within a batch and between parallel batches", async () => {
    const database = newDatabase();
    const [a, b, c, d] = ["x", "x", "x", "x"].map((id) => namedRow(id));
    const both = [a, b].map((row) => ({ row: row as never, onDuplicate: "keep" as const }));
    const results = await Promise.all([
      insertTasks(database, both, 0),
      insertTasks(database, [{ row: c as never, onDuplicate: "keep" }], 0),
      insertTasks(database, [{ row: d as never, onDuplicate: "replace" }], 0),
    ]);
    expect(results.flat().map(({ isInserted }) => isInserted)).toEqual([true, false, false, true]);
    expect((await liveTasks(database)).map(({ key }) => key)).toEqual([d?.key]);
  });

  it("a generated key is taken as an id too", async () => {
    const database = newDatabase();
    const first = taskRow();
    await insert(database, first);
    expect((await insert(database, namedRow(first.key))).isInserted).toBe(false);
  });

  it("the same id is free in another session", async () => {
    const database = newDatabase();
    await insert(database, namedRow("mine", { session: "a" }));
    expect((await insert(database, namedRow("mine", { session: "b" }))).isInserted).toBe(true);
  });

  it("an id becomes free once its task is settled, and then for one task only", async () => {
    const database = newDatabase();
    // The index gives the smallest key first: the settled task must not hide the later one.
    const first = namedRow("mine", { key: "a" });
    await insert(database, first);
    await changeTask(database, "session", first.key, "strict", (row) => ended(row, FAILURE, 5));
    for (const event of await readEvents(database, "session", 0))
      await acknowledgeEvents(database, [event], 6);
    const second = namedRow("mine", { key: "b" });
    expect((await insert(database, second)).isInserted).toBe(true);
    expect(await insert(database, namedRow("mine", { key: "c" }))).toEqual({
      isInserted: false,
      row: second,
    });
  });
});

describe("the successor of a finished task", () => {
  const newDatabase = useDatabases();
  const predecessor = { key: "old", mustResume: false, hasBody: true };

  it("sends the same body, whether it is in the row or beside it", async () => {
    const database = newDatabase();
    const inline = new Uint8Array([1, 2]).buffer;
    const request = { ...requestRecord("https://app.test/", "POST"), body: inline };
    const small = taskRow({ key: "small", request, state: "completed", live: undefined });
    const large = taskRow({ key: "large", hasBody: true, state: "completed", live: undefined });
    await insertTasks(
      database,
      [
        { row: small, onDuplicate: "keep" },
        { row: large, body: new Blob(["large"]), onDuplicate: "keep" },
      ],
      0,
    );
    const next = ["small", "large"].map((key) => ({
      row: taskRow({ key: `after-${key}`, method: "POST" }),
      onDuplicate: "keep" as const,
      predecessor: { key, mustResume: false, hasBody: true },
    }));
    await insertTasks(database, next, 0);
    const { tasks, bodies } = await everythingIn(database);
    const [ofLarge] = (bodies as { key: string; body: Blob }[]).filter(({ key }) => key === "after-large");
    expect(tasks.find(({ key }) => key === "after-small")?.request.body).toEqual(inline);
    expect(tasks.find(({ key }) => key === "after-large")?.hasBody).toBe(true);
    expect(await ofLarge?.body.text()).toBe("large");
  });

  for (const isRowKept of [true, false]) {
    it(`fails alone if the body is gone ${isRowKept ? "but the row is there" : "with its row"}`, async () => {
      const database = newDatabase();
      const old = taskRow({ key: "old", hasBody: true, state: "completed", live: undefined });
      if (isRowKept) await insert(database, old);
      const task = {
        row: taskRow({ key: "new", method: "POST" }),
        onDuplicate: "keep" as const,
        predecessor,
      };
      const other = { row: taskRow({ key: "other" }), onDuplicate: "keep" as const };
      const [insertion] = await insertTasks(database, [task, other], 0);
      expect(insertion?.row).toMatchObject({ state: "completed", failure: { code: "file-missing" } });
      expect(await eventsOf(database, "new")).toEqual(["didComplete"]);
      expect((await readTask(database, "session", "other"))?.state).toBe("running");
    });
  }

  const file = {
    fileId: "old/0",
    isTotalSure: true,
    total: 9,
    isSameOrigin: true,
    validator: { kind: "etag" as const, value: '"1"' },
  };
  const failed = { state: "completed" as const, live: undefined, failure: FAILURE, file, bytesReceived: 5 };

  it("takes over the bytes of a failed download, and a second successor gets none", async () => {
    const database = newDatabase();
    await insert(database, taskRow({ key: "old", ...failed, farthest: 5 }));
    const resume = () =>
      insertTasks(
        database,
        [
          {
            row: taskRow(),
            onDuplicate: "keep",
            predecessor: { key: "old", mustResume: true, hasBody: false },
          },
        ],
        9,
      );
    const [[first], [second]] = [await resume(), await resume()];
    const { tasks } = await everythingIn(database);
    const [old, next, last] = ["old", first?.row.key, second?.row.key].map((key) =>
      tasks.find((row) => row.key === key),
    );
    expect([old?.file, old?.bytesReceived]).toEqual([undefined, 0]);
    expect(next).toMatchObject({ file, bytesReceived: 5, farthest: 5, state: "running" });
    expect(last).toMatchObject({ state: "completed", failure: { code: "resume-data-invalid" } });
    expect(await eventsOf(database, last?.key ?? "")).toEqual(["didComplete"]);
    expect(await eventsOf(database, next?.key ?? "")).toEqual([]);
  });

  it("takes over the ranges of a download, and its connections unless it has its own", async () => {
    const ranged = { ...file, ranges: [[6, 8]] as const };
    const before = { ...failed, file: ranged, bytesReceived: 0, connections: 4 };
    const same = "https://app.test/file";
    expect(await successorOf(before, same)).toMatchObject({ file: ranged, bytesReceived: 0, connections: 4 });
    expect((await successorOf(before, same, { connections: 2 }))?.connections).toBe(2);
  });

  it("asks all servers of a download again, its own first, unless it has others", async () => {
    const [a, b, c] = ["https://app.test/file", "https://b.test/file", "https://c.test/file"] as const;
    const mirrors = { urls: [a, b], at: 1, untried: 0 };
    const before = { ...failed, file, url: b, mirrors };
    expect((await successorOf(before, a))?.mirrors).toEqual({ urls: [a, b], at: 0, untried: 1 });
    expect((await successorOf(before, c))?.mirrors).toEqual({ urls: [c, b], at: 0, untried: 1 });
    const none = { urls: [a], at: 0, untried: 0 };
    expect((await successorOf(before, a, { mirrors: none }))?.mirrors).toEqual(none);
  });

  it("takes over what is received as a whole with its response, and what was verified if that is the same", async () => {
    const response = { url: "", status: 404, statusText: "", redirected: false, headers: {} };
    const received = { isReceived: true, isVerified: true, response, destination: { opfs: "old" } } as const;
    const same = "https://app.test/file";
    expect(await successorOf(received, same)).toMatchObject({ ...received, bytesReceived: 5, file });
    const request = { ...requestRecord(same), integrity: "sha256-x" };
    const other = await successorOf(received, same, { request, destination: { opfs: "own" } });
    expect(other).toMatchObject({ isReceived: true, response, destination: { opfs: "own" } });
    expect(other).not.toHaveProperty("isVerified");
    expect(await successorOf({ ...received, isReceived: undefined }, same)).not.toHaveProperty("isVerified");
  });

  it("of a POST that was received as a whole needs its body no more", async () => {
    const database = newDatabase();
    const before = taskRow({ key: "old", method: "POST", ...failed, isReceived: true, hasBody: true });
    await insert(database, before);
    const row = taskRow({ key: "new", method: "POST" });
    await insertTasks(database, [{ row, onDuplicate: "keep", predecessor }], 9);
    const after = await readTask(database, "session", "new");
    expect(after).toMatchObject({ state: "running", isReceived: true, bytesReceived: 5, file });
    expect(after).not.toHaveProperty("failure");
  });

  async function successorOf(change: RowOptions, url: string, own: RowOptions = {}) {
    const database = newDatabase();
    await insert(database, taskRow({ key: "old", url: "https://app.test/file", ...failed, ...change }));
    const next = { key: "old", mustResume: true, hasBody: false };
    const [inserted] = await insertTasks(
      database,
      [{ row: taskRow({ url, ...own }), onDuplicate: "keep", predecessor: next }],
      9,
    );
    return inserted?.row;
  }

  it("takes over the response head of a file but not of a refusal", async () => {
    const response = { url: "", status: 200, statusText: "", redirected: false, headers: {} };
    const same = "https://app.test/file";
    expect((await successorOf({ response }, same))?.response).toEqual(response);
    expect((await successorOf({ response: { ...response, status: 403 } }, same))?.response).toBeUndefined();
  });

  it.each([
    ["https://app.test/file", true, true],
    ["https://app.test/file?signature=2", true, undefined],
    ["https://else.test/file", false, undefined],
  ])(
    "takes over the bytes for any address, and other facts only if they still apply: %s",
    async (url, isSameOrigin, isUnranged) => {
      const row = await successorOf({ file: { ...file, isUnranged: true } }, url);
      expect(row).toMatchObject({ request: { url }, bytesReceived: 5, state: "running" });
      expect(row?.file).toEqual({ ...file, isSameOrigin, ...(isUnranged && { isUnranged }) });
    },
  );
});

describe("the successor of a finished upload", () => {
  const newDatabase = useDatabases();
  const upload = { protocol: "tus" as const, sizeBytes: 5, bytesAcknowledged: 3 };

  async function afterUpload(change: RowOptions, mustResume: boolean, times = 1) {
    const database = newDatabase();
    const old = taskRow({
      key: "old",
      kind: "upload",
      hasBody: true,
      upload,
      farthest: 3,
      idempotencyKey: "old key",
      state: "completed",
      live: undefined,
      ...change,
    });
    await insertTasks(database, [{ row: old, body: new Blob(["photo"]), onDuplicate: "keep" }], 0);
    for (let time = 0; time < times; time += 1) {
      const row = taskRow({
        key: `new ${time}`,
        kind: "upload",
        upload: { bytesAcknowledged: 0 },
        idempotencyKey: "new key",
      });
      const predecessor = { key: "old", mustResume, hasBody: true };
      await insertTasks(database, [{ row, onDuplicate: "keep", predecessor }], 0);
    }
    const { tasks, bodies } = await everythingIn(database);
    const rowOf = (key: string) => tasks.find((row) => row.key === key);
    return { database, rowOf, bodies: bodies as { key: string }[] };
  }

  it("takes over the body and its acknowledged bytes, and with resume data the Idempotency-Key", async () => {
    for (const [mustResume, idempotencyKey] of [
      [true, "old key"],
      [false, "new key"],
    ] as const) {
      const { rowOf, bodies, database } = await afterUpload({ failure: FAILURE }, mustResume);
      expect(rowOf("new 0")).toMatchObject({ state: "running", hasBody: true, upload, idempotencyKey });
      expect(bodies.map(({ key }) => key)).toEqual(["old"]);
      const body = await readBody(database, rowOf("new 0") as TaskRow);
      expect(await (body as Blob).text()).toBe("photo");
      expect(rowOf("old")?.hasBody).toBeUndefined();
    }
  });

  it.each([
    [true, "resume-data-invalid"],
    [false, "file-missing"],
  ])("is the only one: a second successor (resume data: %s) ends with %s", async (mustResume, code) => {
    const { rowOf } = await afterUpload({ failure: FAILURE }, mustResume, 2);
    expect(rowOf("new 0")?.state).toBe("running");
    expect(rowOf("new 1")).toMatchObject({ state: "completed", failure: { code } });
  });

  it("keeps the body when its predecessor is deleted, and frees it when the server has it", async () => {
    const { database } = await afterUpload({ failure: FAILURE, settledAt: 1 }, true);
    await sweepSettled(database, 1e9);
    const before = await everythingIn(database);
    expect([before.tasks, before.bodies].map((rows) => rows.length)).toEqual([1, 1]);
    const response = { url: "", status: 201, statusText: "", redirected: false, headers: {} };
    await changeTask(database, "session", "new 0", "strict", (row) =>
      changed(transition(row, "finish", 1), { response }),
    );
    expect((await everythingIn(database)).bodies).toEqual([]);
  });

  it("takes over a body that is in the row", async () => {
    const request = { ...requestRecord("https://app.test/", "POST"), body: new ArrayBuffer(5) };
    const { rowOf } = await afterUpload({ failure: FAILURE, request, hasBody: undefined }, true);
    expect(rowOf("new 0")?.request.body?.byteLength).toBe(5);
    expect(rowOf("new 0")).not.toHaveProperty("hasBody");
    expect(rowOf("old")?.request).not.toHaveProperty("body");
  });

  it.each([
    ["whose body is gone", true, { mustResume: true, hasBody: true }, "file-missing"],
    ["that is gone with its body", false, { mustResume: false, hasBody: true }, "file-missing"],
    ["that is gone", false, { mustResume: true, hasBody: true }, "resume-data-invalid"],
    ["that had no body", false, { mustResume: false, hasBody: false }, undefined],
  ])("of one %s", async (_, isThere, how, code) => {
    const database = newDatabase();
    const done = { state: "completed", live: undefined, failure: FAILURE } as const;
    if (isThere)
      await insert(database, taskRow({ key: "old", kind: "upload", hasBody: true, upload, ...done }));
    const row = taskRow({ key: "new", kind: "upload", upload: { bytesAcknowledged: 0 } });
    await insertTasks(database, [{ row, onDuplicate: "keep", predecessor: { key: "old", ...how } }], 0);
    const after = await readTask(database, "session", "new");
    expect([after?.failure?.code, after?.isBodyGone]).toEqual([code, code && true]);
    if (isThere) expect(after?.upload).toEqual({ ...upload, bytesAcknowledged: 0 });
  });

  it("starts over if the server has answered", async () => {
    const { rowOf } = await afterUpload({ failure: undefined }, false);
    expect(rowOf("new 0")?.upload).toEqual({ protocol: "tus", sizeBytes: 5, bytesAcknowledged: 0 });
  });

  it.each<[string, RowOptions]>([
    ["succeeded", { response: { url: "", status: 201, headers: {} } as ResponseRow }],
    ["was cancelled", { failure: { code: "cancelled", message: "" } }],
  ])("ends with file-missing if the upload %s, with its body in the row or beside it", async (_, change) => {
    const request = { ...requestRecord("https://app.test/", "POST"), body: new ArrayBuffer(5) };
    for (const row of [change, { ...change, request, hasBody: undefined }]) {
      const { rowOf } = await afterUpload(row, false);
      expect(rowOf("new 0")).toMatchObject({ state: "completed", failure: { code: "file-missing" } });
    }
  });

  it("resumes a cancelled upload only if it was cancelled with resume data", async () => {
    const failure = { code: "cancelled" as const, message: "" };
    const plain = await afterUpload({ failure }, true);
    expect(plain.rowOf("new 0")?.failure?.code).toBe("resume-data-invalid");
    const wished = await afterUpload({ failure, isResumable: true }, true);
    expect(wished.rowOf("new 0")).toMatchObject({ state: "running", upload });
  });
});
