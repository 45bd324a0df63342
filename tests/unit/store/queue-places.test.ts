import { describe, expect, it } from "vitest";
import { insertTasks, type NewTask } from "../../../src/store/insert.ts";
import { releaseQueue, tasksToAdopt, tasksToFollow } from "../../../src/store/queues.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { sweepSettled } from "../../../src/store/sweep.ts";
import { readTask } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { namedRow, type RowOptions, requestRecord, taskRow } from "../../support/task-row.ts";

const QUEUE = { queue: { name: "q", onFailure: "hold" } } as const;
const FAILURE = { code: "timed-out", message: "too late" } as const;
const HOLDING = {
  ...QUEUE,
  state: "completed",
  live: undefined,
  failure: FAILURE,
  holds: ["session", "q"] as [string, string],
} as const;

describe("places in a queue", () => {
  const newDatabase = useDatabases();
  const queued = (options: RowOptions = {}): TaskRow => taskRow({ ...QUEUE, ...options });

  it("are in the order of the insertions, whatever the clocks say", async () => {
    const database = newDatabase();
    const rows = [50, 40, 60, 60, 10].map((order) => queued({ order, live: ["session", order] }));
    const batch = rows.slice(0, 3).map((row): NewTask => ({ row, onDuplicate: "keep" }));
    const first = await insertTasks(database, batch, 0);
    const rest = [];
    for (const row of rows.slice(3)) rest.push(await insert(database, row));
    const placed = [...first, ...rest].map(({ row }) => row);
    expect(placed.map(({ order }) => order)).toEqual([50, 51, 60, 61, 62]);
    for (const { order, live, queued } of placed) {
      expect([live, queued]).toEqual([
        ["session", order],
        ["session", "q", order],
      ]);
    }
  });

  it("do not depend on other queues, sessions, or tasks without a queue", async () => {
    const database = newDatabase();
    await insert(database, queued({ order: 90, session: "other", live: ["other", 90] }));
    await insert(
      database,
      queued({ order: 80, live: ["session", 80], queue: { name: "qq", onFailure: "hold" } }),
    );
    await insert(database, taskRow({ order: 70, live: ["session", 70] }));
    expect((await insert(database, queued({ order: 5, live: ["session", 5] }))).row.order).toBe(5);
  });

  it("are behind a task that holds the queue, even if nothing waits there", async () => {
    const database = newDatabase();
    await insert(database, taskRow({ ...HOLDING, order: 100 }));
    expect((await insert(database, queued({ order: 3, live: ["session", 3] }))).row.order).toBe(101);
  });

  it("a repetition gets the place of the task that holds the queue, and the queue goes on with it", async () => {
    const database = newDatabase();
    await insert(database, taskRow({ ...HOLDING, key: "old", order: 100 }));
    await insert(database, queued({ key: "next" }));
    const predecessor = { key: "old", mustResume: false, hasBody: false };
    const again = { row: queued({ key: "again" }), onDuplicate: "keep", predecessor } as const;
    const [insertion] = await insertTasks(database, [again], 0);
    expect(insertion).toMatchObject({ row: { order: 100, queued: ["session", "q", 100] }, others: ["old"] });
    expect((await readTask(database, "session", "old"))?.holds).toBeUndefined();
    const { order } = (await readTask(database, "session", "next")) as TaskRow;
    expect(order).toBeGreaterThan(100);
  });

  it("so does a task of the same id that replaces it", async () => {
    const database = newDatabase();
    await insert(database, namedRow("edit", { ...HOLDING, key: "old", order: 100 }));
    const { row, others } = await insert(database, namedRow("edit", QUEUE), "replace");
    expect([row.order, others]).toEqual([100, ["old"]]);
  });

  it("so does one that has the id of a task whose events are settled", async () => {
    const database = newDatabase();
    await insert(database, taskRow({ ...HOLDING, key: "old", id: "edit", order: 100, settledAt: 5 }));
    const { row, others } = await insert(database, namedRow("edit", QUEUE));
    expect([row.order, others]).toEqual([100, ["old"]]);
    expect((await readTask(database, "session", "old"))?.holds).toBeUndefined();
  });

  it("a replacement gets the place of the unfinished task that it replaces, so that nothing waits in a circle", async () => {
    const database = newDatabase();
    await insert(database, namedRow("note", { ...QUEUE, key: "old", order: 10, live: ["session", 10] }));
    const publish = queued({ key: "publish", dependsOn: [["session", "note"]] });
    await insert(database, publish);
    const { row } = await insert(database, namedRow("note", QUEUE), "replace");
    expect([row.order, row.failure]).toEqual([10, undefined]);
    const circle = await insert(
      database,
      namedRow("note", { ...QUEUE, dependsOn: [["session", "publish"]] }),
      "replace",
    );
    expect(circle.row.failure?.message).toContain("itself");
  });

  it("a replacement may come after what is before it in its queue, or in another one, but not after what is behind it", async () => {
    const elsewhere = { queue: { name: "other", onFailure: "continue" } } as const;
    for (const [after, isCircle] of [
      ["before", false],
      ["elsewhere", false],
      ["free", false],
      ["behind", true],
      ["far behind", true],
    ] as const) {
      const database = newDatabase();
      await insert(database, namedRow("before", QUEUE));
      await insert(database, namedRow("a", QUEUE));
      await insert(database, namedRow("behind", QUEUE));
      await insert(database, namedRow("far behind", QUEUE));
      await insert(database, namedRow("elsewhere", { ...elsewhere, order: 9e9, live: ["session", 9e9] }));
      await insert(database, namedRow("free"));
      const dependsOn = [["session", after]] as const;
      const { row } = await insert(database, namedRow("a", { ...QUEUE, dependsOn }), "replace");
      expect([after, row.failure?.code, row.dependsOn]).toEqual(
        isCircle ? [after, "dependency-failed", undefined] : [after, undefined, dependsOn],
      );
    }
  });

  it("a replacement that would wait for its own queue, by way of another one, is given up", async () => {
    const database = newDatabase();
    const other = { queue: { name: "other", onFailure: "continue" } } as const;
    await insert(database, namedRow("a", QUEUE));
    await insert(database, namedRow("b", { ...other, dependsOn: [["session", "a"]] }));
    await insert(database, namedRow("c", other));
    const { row } = await insert(
      database,
      namedRow("a", { ...QUEUE, dependsOn: [["session", "c"]] }),
      "replace",
    );
    expect(row.failure).toMatchObject({ code: "dependency-failed" });
  });

  it("a repetition that ends at once holds the queue in its turn", async () => {
    const database = newDatabase();
    await insert(database, taskRow({ ...HOLDING, key: "old", order: 100 }));
    const predecessor = { key: "old", mustResume: true, hasBody: false };
    const again = { row: queued({ key: "again" }), onDuplicate: "keep", predecessor } as const;
    await insertTasks(database, [again], 0);
    const row = await readTask(database, "session", "again");
    expect(row).toMatchObject({ state: "completed", holds: ["session", "q"], order: 100 });
  });

  it("a task that holds a queue is kept with its body for as long as it does", async () => {
    const database = newDatabase();
    const body = new TextEncoder().encode("body").buffer as ArrayBuffer;
    const request = { ...requestRecord("https://app.test/", "POST"), body };
    await insert(database, taskRow({ ...HOLDING, kind: "data", key: "old", request, settledAt: 5 }));
    await insert(
      database,
      taskRow({ ...HOLDING, kind: "data", key: "free", queue: undefined, holds: undefined, settledAt: 5 }),
    );
    await sweepSettled(database, 1_000_000);
    expect((await readTask(database, "session", "old"))?.request.body).toEqual(body);
    await releaseQueue(database, "session", "q");
    expect((await readTask(database, "session", "free"))?.key).toBeUndefined();
  });

  it("a repetition in another queue is at its end, and the first one stays held", async () => {
    const database = newDatabase();
    await insert(database, taskRow({ ...HOLDING, key: "old", order: 100 }));
    const predecessor = { key: "old", mustResume: false, hasBody: false };
    const row = queued({ queue: { name: "other", onFailure: "hold" } });
    await insertTasks(database, [{ row, onDuplicate: "keep", predecessor }], 0);
    expect((await readTask(database, "session", "old"))?.holds).toEqual(["session", "q"]);
  });

  it("releaseQueue lets go of every task that holds it, and of no other queue", async () => {
    const database = newDatabase();
    await insert(database, taskRow({ ...HOLDING, key: "a" }));
    await insert(database, taskRow({ ...HOLDING, key: "b" }));
    await insert(database, taskRow({ ...HOLDING, key: "c", queue: { name: "other", onFailure: "hold" } }));
    expect(await releaseQueue(database, "session", "q")).toEqual(["a", "b"]);
    expect(await releaseQueue(database, "session", "q")).toEqual([]);
    const left = (await tasksToFollow(database, "session")).filter(({ holds }) => holds !== undefined);
    expect(new Set(left.map(({ key }) => key))).toEqual(new Set(["c"]));
  });

  it("tasksToAdopt goes back in the queue to the first task that is known", async () => {
    const database = newDatabase();
    for (const key of ["a", "b", "c", "d", "e"]) await insert(database, queued({ key }));
    await insert(database, taskRow({ key: "free" }));
    const adopted = async (known: readonly string[], keys: readonly string[]) =>
      (await tasksToAdopt(database, "session", keys, (key) => known.includes(key))).map(({ key }) => key);
    expect(await adopted([], ["e"])).toEqual(["d", "c", "b", "a", "e"]);
    expect(await adopted(["b"], ["e"])).toEqual(["d", "c", "e"]);
    expect(await adopted([], ["e", "c"])).toEqual(["b", "a", "e", "c"]);
    expect(await adopted([], ["free", "gone"])).toEqual(["free"]);
  });
});
