import { describe, expect, it } from "vitest";
import { changeTasks, type WantedChange } from "../../../src/store/change-tasks.ts";
import { changed, readTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { namedRow, taskRow } from "../../support/task-row.ts";

describe("changeTasks", () => {
  const newDatabase = useDatabases();

  const describing = (key: string, description: string): WantedChange => ({
    session: "session",
    key,
    change: (row) => changed(row, { description: `${row.description ?? ""}${description}` }),
  });

  it("returns each wanted row as it is in the end, in their order, and undefined for one that is gone", async () => {
    const database = newDatabase();
    for (const key of ["a", "b"]) await insert(database, taskRow({ key }));
    const wanted = [
      describing("b", "1"),
      describing("gone", "1"),
      describing("a", "1"),
      describing("b", "2"),
    ];
    const { rows, others } = await changeTasks(database, wanted);
    expect(rows.map((row) => row && `${row.key} ${row.description}`)).toEqual([
      "b 12",
      undefined,
      "a 1",
      "b 12",
    ]);
    expect(others).toEqual([]);
    expect((await readTask(database, "session", "b"))?.description).toBe("12");
  });

  it("a row that stays as it is is returned too", async () => {
    const database = newDatabase();
    const row = taskRow({ key: "a" });
    await insert(database, row);
    const { rows } = await changeTasks(database, [{ session: "session", key: "a", change: (it) => it }]);
    expect(rows).toEqual([row]);
  });

  it("a change that ends no task lets nothing go on that waits for it", async () => {
    const database = newDatabase();
    await insert(database, namedRow("first", { key: "a" }));
    await insert(database, taskRow({ key: "b", dependsOn: [["session", "first"]] }));
    const { others } = await changeTasks(database, [describing("a", "new")]);
    expect(others).toEqual([]);
    expect((await readTask(database, "session", "b"))?.dependsOn).toEqual([["session", "first"]]);
  });

  it("a task that has ended before has no consequences again", async () => {
    const database = newDatabase();
    await insert(database, namedRow("first", { key: "a" }));
    const end: WantedChange = {
      session: "session",
      key: "a",
      change: (row) => transition(row, "finish", 1),
    };
    await changeTasks(database, [end]);
    const waiting = taskRow({ key: "b", state: "suspended" });
    await insert(database, waiting);
    // As a later version may have written it.
    await database.write(["tasks"], "strict", (tx) =>
      tx.objectStore("tasks").put({ ...waiting, dependsOn: [["session", "first"]] }),
    );
    const { others } = await changeTasks(database, [describing("a", "new")]);
    expect(others).toEqual([]);
  });
});
