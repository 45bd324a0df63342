import { describe, expect, it } from "vitest";
import type { OnFailure } from "../../../src/protocol/configuration.ts";
import { changeTasks } from "../../../src/store/change-tasks.ts";
import type { Database } from "../../../src/store/database.ts";
import { endedBadly } from "../../../src/store/following-end.ts";
import { insertTasks } from "../../../src/store/insert.ts";
import type { ResponseRow, TaskRow } from "../../../src/store/schema.ts";
import { changed, ended, readTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { eventsOf, insert } from "../../support/stored.ts";
import { namedRow, type RowOptions, taskRow } from "../../support/task-row.ts";

const FAILURE = { code: "timed-out", message: "too late" } as const;
const CANCELLED = { code: "cancelled", message: "cancelled" } as const;

function answered(status: number): ResponseRow {
  return { url: "", status, statusText: "", redirected: false, headers: {} };
}

/** The ways in which a task ends, and how they count. */
const ENDS: readonly (readonly [string, RowOptions, isBad: boolean])[] = [
  ["200", { response: answered(200) }, false],
  ["399", { response: answered(399) }, false],
  ["400", { response: answered(400) }, true],
  ["404", { response: answered(404) }, true],
  ["404 that is fine", { response: answered(404), acceptStatuses: [410, 404] }, false],
  ["500", { response: answered(500) }, true],
  ["an error", { failure: FAILURE }, true],
  ["an error after a 200", { failure: FAILURE, response: answered(200) }, true],
  [
    "an error after a 404 that is fine",
    { failure: FAILURE, response: answered(404), acceptStatuses: [404] },
    true,
  ],
  ["cancelled", { failure: CANCELLED }, true],
];

describe("what follows from the end of a task", () => {
  const newDatabase = useDatabases();

  const inQueue = (onFailure: OnFailure, options: RowOptions = {}): TaskRow =>
    taskRow({ queue: { name: "q", onFailure }, ...options });
  const following = (...ids: readonly string[]): RowOptions => ({
    dependsOn: ids.map((id) => ["session", id] as const),
  });

  async function end(database: Database, key: string, change: RowOptions): Promise<TaskRow[]> {
    const finish = (row: TaskRow) => {
      const { failure, ...rest } = change;
      const next = changed(row, rest);
      return failure === undefined ? transition(next, "finish", 7) : ended(next, failure, 7);
    };
    const { others } = await changeTasks(database, [{ session: "session", key, change: finish }]);
    return [...others];
  }

  const stateOf = async (database: Database, key: string) => {
    const row = await readTask(database, "session", key);
    return row?.failure?.code ?? (row?.dependsOn === undefined ? row?.state : "waits");
  };

  it.each(ENDS)("%s counts as a failure or as success", (_, change, isBad) => {
    expect(endedBadly(taskRow(change))).toBe(isBad);
  });

  it.each(ENDS)("%s: what comes after it begins or fails", async (_, change, isBad) => {
    const database = newDatabase();
    await insert(database, namedRow("first", { key: "1" }));
    await insert(database, taskRow({ key: "2", ...following("first") }));
    await insert(database, taskRow({ key: "3", state: "suspended", ...following("first") }));
    expect(await stateOf(database, "2")).toBe("waits");
    const others = await end(database, "1", change);
    expect(others.map(({ key }) => key)).toEqual(["2", "3"]);
    expect(await stateOf(database, "2")).toBe(isBad ? "dependency-failed" : "running");
    expect(await stateOf(database, "3")).toBe(isBad ? "dependency-failed" : "suspended");
    expect(await eventsOf(database, "2")).toEqual(isBad ? ["didComplete"] : []);
  });

  it("begins only after the last of several", async () => {
    const database = newDatabase();
    for (const id of ["a", "b"]) await insert(database, namedRow(id, { key: id }));
    await insert(database, taskRow({ key: "last", ...following("a", "b") }));
    await end(database, "a", { response: answered(200) });
    expect((await readTask(database, "session", "last"))?.dependsOn).toEqual([["session", "b"]]);
    await end(database, "b", { response: answered(200) });
    expect(await stateOf(database, "last")).toBe("running");
  });

  it("what comes after a task that has just begun goes on waiting for it", async () => {
    const database = newDatabase();
    await insert(database, namedRow("a", { key: "a" }));
    await insert(database, namedRow("b", { key: "b", ...following("a") }));
    await insert(database, namedRow("c", { key: "c", ...following("b") }));
    expect((await end(database, "a", { response: answered(200) })).map(({ key }) => key)).toEqual(["b"]);
    expect([await stateOf(database, "b"), await stateOf(database, "c")]).toEqual(["running", "waits"]);
  });

  it("a failure goes on to what comes after what comes after, once to each, and names its cause", async () => {
    const database = newDatabase();
    await insert(database, namedRow("a", { key: "a" }));
    await insert(database, namedRow("b", { key: "b", ...following("a") }));
    await insert(database, namedRow("c", { key: "c", ...following("a", "b") }));
    await insert(
      database,
      namedRow("d", { key: "d", ...following("c"), completion: { handler: "h", context: 1 } }),
    );
    expect((await end(database, "a", { failure: FAILURE })).map(({ key }) => key)).toEqual(["b", "c", "d"]);
    for (const key of ["b", "c"]) expect(await eventsOf(database, key)).toEqual(["didComplete"]);
    expect(await eventsOf(database, "d")).toEqual(["didComplete", "completionHandler"]);
    expect((await readTask(database, "session", "d"))?.failure?.message).toContain('"c"');
    expect((await readTask(database, "session", "b"))?.failure?.message).toMatch(/"a".*timed-out/);
  });

  it.each([
    ["of another session", "other", following("first")],
    ["after another id", "session", following("second")],
  ])("leaves a task %s alone", async (_, session, options) => {
    const database = newDatabase();
    await insert(database, namedRow("first", { key: "1" }));
    await insert(database, namedRow("second", { key: "2", session }));
    const dependsOn = options.dependsOn?.map(([, id]) => [session, id === "first" ? "second" : id] as const);
    await insert(database, taskRow({ key: "3", session, ...(dependsOn && { dependsOn }) }));
    expect(await end(database, "1", { failure: FAILURE })).toEqual([]);
  });

  it.each<[OnFailure, RowOptions, string, boolean]>([
    ["continue", { failure: FAILURE }, "running", false],
    ["continue", { response: answered(404) }, "running", false],
    ["hold", { failure: FAILURE }, "running", true],
    ["hold", { response: answered(404) }, "running", true],
    ["hold", { response: answered(404), acceptStatuses: [404] }, "running", false],
    ["hold", { response: answered(200) }, "running", false],
    ["hold", { failure: CANCELLED }, "running", false],
    ["hold", { failure: { code: "user-cancelled", message: "" } }, "running", false],
    ["cancel", { failure: FAILURE }, "dependency-failed", false],
    ["cancel", { response: answered(404) }, "dependency-failed", false],
    ["cancel", { response: answered(200) }, "running", false],
    ["cancel", { failure: CANCELLED }, "running", false],
  ])(
    "a queue that is to %s, after %j: the next one is %s, held: %s",
    async (onFailure, change, state, isHeld) => {
      const database = newDatabase();
      for (const key of ["0", "1", "2", "3"]) await insert(database, inQueue(onFailure, { key }));
      await insert(database, inQueue(onFailure, { key: "other", queue: { name: "other", onFailure } }));
      await end(database, "0", { response: answered(200) });
      await end(database, "1", change);
      for (const key of ["2", "3"]) expect(await stateOf(database, key)).toBe(state);
      expect(await stateOf(database, "other")).toBe("running");
      const holds = (await readTask(database, "session", "1"))?.holds;
      expect(holds).toEqual(isHeld ? ["session", "q"] : undefined);
      for (const key of ["2", "3"]) {
        expect(await eventsOf(database, key)).toEqual(state === "running" ? [] : ["didComplete"]);
      }
    },
  );

  it("a queue of a thousand is cancelled in one go, each task once", async () => {
    const database = newDatabase();
    const rows = Array.from({ length: 1_000 }, (_, index) => inQueue("cancel", { key: `${index}` }));
    await insertTasks(
      database,
      rows.map((row) => ({ row, onDuplicate: "keep" as const })),
      0,
    );
    expect(await end(database, "0", { failure: FAILURE })).toHaveLength(999);
    expect(await eventsOf(database, "999")).toEqual(["didComplete"]);
  });

  it("what comes after a task waits for the one that replaces it", async () => {
    const database = newDatabase();
    await insert(database, namedRow("a", { key: "old" }));
    await insert(database, taskRow({ key: "b", ...following("a") }));
    await insert(database, namedRow("a", { key: "new" }), "replace", 5);
    expect([await stateOf(database, "old"), await stateOf(database, "b")]).toEqual(["cancelled", "waits"]);
    await end(database, "new", { response: answered(200) });
    expect(await stateOf(database, "b")).toBe("running");
  });

  it.each([
    ["not known", undefined],
    ["failed", { state: "completed", live: undefined, failure: FAILURE } as RowOptions],
    ["answered with 404", { state: "completed", live: undefined, response: answered(404) } as RowOptions],
  ])("a task after one that is %s is given up", async (_, first) => {
    const database = newDatabase();
    if (first !== undefined) await insert(database, namedRow("first", first));
    const { row } = await insert(database, taskRow({ ...following("first") }));
    expect(row.failure).toMatchObject({
      code: "dependency-failed",
      message: expect.stringContaining('"first"'),
    });
    expect(row.dependsOn).toBeUndefined();
  });

  it("a task after one that has succeeded does not wait, even if its events are settled", async () => {
    const database = newDatabase();
    const done = { state: "completed", live: undefined, response: answered(200) } as const;
    await insert(database, taskRow({ key: "k", id: "k", ...done, settledAt: 5 }));
    await insert(database, namedRow("n", done));
    const { row } = await insert(database, taskRow({ ...following("k", "n") }));
    expect([row.failure, row.dependsOn]).toEqual([undefined, undefined]);
  });

  it.each([
    ["that the app gave", namedRow("a", { key: "a" })],
    ["that was generated", taskRow({ key: "a" })],
  ])("what comes after a task whose id, %s, is damaged does not wait for ever", async (_, first) => {
    const database = newDatabase();
    await insert(database, first);
    await insert(database, taskRow({ key: "b", ...following("a") }));
    await database.write(["tasks"], "relaxed", async (tx) => {
      const tasks = tx.objectStore("tasks");
      const row = await tasks.get(["session", "a"]);
      if (row !== undefined) await tasks.put({ ...row, id: 5 as never });
    });
    await end(database, "a", { failure: FAILURE });
    expect(await stateOf(database, "b")).toBe("dependency-failed");
  });

  it("what a queue cancels does not hold it", async () => {
    const database = newDatabase();
    await insert(database, inQueue("cancel", { key: "1" }));
    await insert(database, inQueue("hold", { key: "2" }));
    await end(database, "1", { failure: FAILURE });
    expect((await readTask(database, "session", "2"))?.holds).toBeUndefined();
  });

  it("a replacement comes after what waits for others, unless one of these waits for it", async () => {
    for (const [others, code] of [
      [["x"], undefined],
      [["x", "a"], "dependency-failed"],
    ] as const) {
      const database = newDatabase();
      for (const id of ["x", "a"]) await insert(database, namedRow(id));
      await insert(database, namedRow("b", following(...others)));
      const { row } = await insert(database, namedRow("a", following("b")), "replace");
      expect(row.failure?.code).toBe(code);
      expect(row.dependsOn).toEqual(code === undefined ? [["session", "b"]] : undefined);
    }
  });

  it("a replacement that would wait for itself is given up", async () => {
    const database = newDatabase();
    await insert(database, namedRow("a"));
    await insert(database, namedRow("b", following("a")));
    await insert(database, namedRow("c", following("b")));
    const { row } = await insert(database, namedRow("a", following("c")), "replace");
    expect(row.failure).toMatchObject({
      code: "dependency-failed",
      message: expect.stringContaining("itself"),
    });
  });
});
