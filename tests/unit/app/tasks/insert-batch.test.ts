import { describe, expect, it, vi } from "vitest";
import { InsertBatch } from "../../../../src/app/tasks/insert-batch.ts";
import { SessionError } from "../../../../src/protocol/session-error.ts";
import type { Database } from "../../../../src/store/database.ts";
import type { Insertion } from "../../../../src/store/insert.ts";
import type { BodyContent, TaskRow } from "../../../../src/store/schema.ts";
import { deleteStoredSession, openStoredSession } from "../../../../src/store/sessions.ts";
import { liveTasks } from "../../../../src/store/tasks.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { namedRow, taskRow } from "../../../support/task-row.ts";

/** Passes every check, but cannot be stored. */
const UNSTORABLE = { completion: { handler: "done", context: () => {} } };

describe("one bad task does not harm the others of its turn", () => {
  const newDatabase = useDatabases();

  async function newBatch() {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    const told: string[] = [];
    const batch = new InsertBatch(
      database,
      "session",
      async () => {},
      async (insertions) => {
        told.push(...insertions.map(({ row }) => row.key));
      },
    );
    return { database, told, batch };
  }

  type Given = readonly [row: TaskRow, body?: BodyContent | Promise<BodyContent>];

  async function insertAll(
    batch: InsertBatch,
    given: readonly Given[],
    onDuplicate: "keep" | "replace" = "keep",
  ) {
    return Promise.allSettled(given.map(([row, body]) => batch.add({ row, onDuplicate }, body)));
  }

  function reasons(results: readonly PromiseSettledResult<Insertion>[]): string[] {
    return results.map((it) => {
      if (it.status === "fulfilled") return "stored";
      return it.reason instanceof SessionError ? it.reason.code : it.reason.name;
    });
  }

  async function keysIn(database: Database): Promise<string[]> {
    return (await liveTasks(database, "session")).map(({ key }) => key);
  }

  it.each([0, 1, 4, 8])("a context that cannot be stored, at index %d of nine", async (place) => {
    const { database, told, batch } = await newBatch();
    const rows = Array.from({ length: 9 }, (_, index) =>
      taskRow(index === place ? (UNSTORABLE as object) : {}),
    );
    const results = await insertAll(
      batch,
      rows.map((row) => [row] as const),
    );
    expect(reasons(results)).toEqual(rows.map((_, index) => (index === place ? "DataCloneError" : "stored")));
    const good = rows.filter((_, index) => index !== place).map(({ key }) => key);
    expect(await keysIn(database)).toEqual(good);
    expect(told).toEqual(good);
  });

  it("a body that has still to be read delays only what has to come after its task", async () => {
    const { database, told, batch } = await newBatch();
    const inQueue = (name: string, key: string) => taskRow({ key, queue: { name, onFailure: "continue" } });
    let read = (_: Blob): void => {};
    const body = new Promise<Blob>((resolve) => {
      read = resolve;
    });
    const after = taskRow({ key: "after", dependsOn: [["session", "slow"]] });
    const first = insertAll(batch, [
      [inQueue("a", "before")],
      [inQueue("a", "slow"), body],
      [inQueue("a", "next")],
      [after],
      [inQueue("b", "other")],
      [taskRow({ key: "free" })],
    ]);
    await vi.waitFor(() => expect(told).toEqual(["before", "other", "free"]));
    const second = insertAll(batch, [[inQueue("a", "last")], [inQueue("b", "another")]]);
    await vi.waitFor(() => expect(told).toEqual(["before", "other", "free", "another"]));
    read(new Blob(["body"]));
    await Promise.all([first, second]);
    expect(told.slice(4)).toEqual(["slow", "next", "after", "last"]);
    const rows = await liveTasks(database, "session");
    const queue = rows.filter((row) => row.queue?.name === "a").map(({ key }) => key);
    expect(queue).toEqual(["before", "slow", "next", "last"]);
    expect(rows.find(({ key }) => key === "after")).toMatchObject({ dependsOn: [["session", "slow"]] });
  });

  it("a save whose body is slow to read is replaced by a later one of its id, not the other way round", async () => {
    const { database, batch } = await newBatch();
    const slow = new Promise<Blob>((resolve) => setTimeout(resolve, 30, new Blob(["old"])));
    const first = insertAll(batch, [[namedRow("note", { key: "old", hasBody: true }), slow]], "replace");
    await Promise.resolve();
    await Promise.all([first, insertAll(batch, [[namedRow("note", { key: "new" })]], "replace")]);
    expect(await keysIn(database)).toEqual(["new"]);
  });

  it("a body that cannot be read fails its task, and its queue goes on", async () => {
    const { told, batch } = await newBatch();
    const inQueue = (key: string) => taskRow({ key, queue: { name: "a", onFailure: "hold" } });
    const results = await insertAll(batch, [
      [inQueue("lost"), Promise.reject(new DOMException("gone", "NotFoundError"))],
      [inQueue("next")],
    ]);
    expect(reasons(results)).toEqual(["file-missing", "stored"]);
    expect(told).toEqual(["next"]);
  });

  it("one good task among many bad ones, each with its reason", async () => {
    const { database, batch } = await newBatch();
    const rows = Array.from({ length: 40 }, (_, index) =>
      taskRow(index === 33 ? {} : (UNSTORABLE as object)),
    );
    const results = await insertAll(
      batch,
      rows.map((row) => [row] as const),
    );
    expect(new Set(reasons(results.filter((_, index) => index !== 33)))).toEqual(new Set(["DataCloneError"]));
    expect(await keysIn(database)).toEqual([rows[33]?.key]);
  });

  it("a body that cannot be read, and one that comes late", async () => {
    const { database, batch } = await newBatch();
    const [before, unread, late, after] = ["a", "b", "c", "d"].map((key) => taskRow({ key, hasBody: true }));
    const results = await insertAll(batch, [
      [before as TaskRow, new Blob(["a"])],
      [unread as TaskRow, Promise.reject(new Error("gone"))],
      [late as TaskRow, new Promise((resolve) => setTimeout(resolve, 20, new Blob(["c"])))],
      [after as TaskRow, new Blob(["d"])],
    ]);
    expect(reasons(results)).toEqual(["stored", "file-missing", "stored", "stored"]);
    expect((await keysIn(database)).sort()).toEqual(["a", "c", "d"]);
  });

  it("a body that cannot be stored", async () => {
    const { database, batch } = await newBatch();
    const form = [["name", (() => {}) as never]] as const;
    const results = await insertAll(batch, [
      [taskRow({ key: "bad", hasBody: true }), form],
      [taskRow({ key: "good", hasBody: true }), new Blob(["a"])],
    ]);
    expect(reasons(results)).toEqual(["DataCloneError", "stored"]);
    expect(await keysIn(database)).toEqual(["good"]);
  });

  it.each(["keep", "replace"] as const)(
    "an id that is taken within the turn, beside a bad task: %s",
    async (onDuplicate) => {
      const { database, batch } = await newBatch();
      const rows = [
        namedRow("x", UNSTORABLE as object),
        namedRow("x"),
        namedRow("x"),
        namedRow("y"),
      ] as const;
      const results = await insertAll(
        batch,
        rows.map((row) => [row] as const),
        onDuplicate,
      );
      expect(reasons(results)).toEqual(["DataCloneError", "stored", "stored", "stored"]);
      const inserted = results.slice(1).map((it) => it.status === "fulfilled" && it.value.isInserted);
      expect(inserted).toEqual([true, onDuplicate === "replace", true]);
      const winner = onDuplicate === "replace" ? rows[2] : rows[1];
      expect(await keysIn(database)).toEqual([winner.key, rows[3].key]);
    },
  );

  it("a file that is gone is missing, whatever the disk says of it", async () => {
    const { batch } = await newBatch();
    const gone = new Blob(["x"]);
    gone.slice = () =>
      ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotFoundError")) }) as never;
    const add = vi.spyOn(IDBObjectStore.prototype, "add").mockImplementationOnce(() => {
      throw new DOMException("Error preparing Blob/File data", "UnknownError");
    });
    const results = await insertAll(batch, [[taskRow({ hasBody: true }), gone], [taskRow()]]);
    expect(add).toHaveBeenCalled();
    add.mockRestore();
    expect(reasons(results)).toEqual(["file-missing", "stored"]);
  });

  it("a session that another tab deleted refuses all tasks in one write", async () => {
    const { database, batch } = await newBatch();
    await deleteStoredSession(database, "session");
    const write = vi.spyOn(database, "write");
    const results = await insertAll(
      batch,
      Array.from({ length: 50 }, () => [taskRow()] as const),
    );
    expect(new Set(reasons(results))).toEqual(new Set(["session-invalidated"]));
    expect(write).toHaveBeenCalledTimes(1);
    expect(await keysIn(database)).toEqual([]);
  });

  it("a full disk is not tried once for each of thousands of tasks", async () => {
    const { database, batch } = await newBatch();
    const write = vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(() => {
      throw new DOMException("The disk is full.", "QuotaExceededError");
    });
    const results = await insertAll(
      batch,
      Array.from({ length: 5_000 }, () => [taskRow()] as const),
    );
    expect(new Set(reasons(results))).toEqual(new Set(["storage-full"]));
    expect(write.mock.calls.length).toBeLessThan(100);
    write.mockRestore();
    expect(await keysIn(database)).toEqual([]);
  });
});
