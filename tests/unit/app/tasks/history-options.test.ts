import { describe, expect, it } from "vitest";
import { checkedHistory, type HistoryOptions } from "../../../../src/app/tasks/history-options.ts";
import { TaskHandle } from "../../../../src/app/tasks/task-handle.ts";
import { TaskModel } from "../../../../src/app/tasks/task-model.ts";
import { taskInfoOf } from "../../../../src/store/task-info-of.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";

function handleOf(options: RowOptions): TaskHandle {
  const port = {} as never;
  return new TaskHandle(
    new TaskModel(port, taskInfoOf(taskRow(options)), Promise.resolve({ inserted: true })),
  );
}

describe("checkedHistory", () => {
  it("lists up to a hundred tasks of all kinds from the newest on", () => {
    expect(checkedHistory({})).toEqual({ filter: {}, limit: 100, from: [Number.NEGATIVE_INFINITY] });
    expect(checkedHistory({ before: undefined } as never).from).toEqual([Number.NEGATIVE_INFINITY]);
  });

  it("goes on before a date, or before a task", () => {
    expect(checkedHistory({ before: new Date(5) }).from).toEqual([-5, []]);
    expect(checkedHistory({ before: 5 }).from).toEqual([-5, []]);
    const before = handleOf({ key: "a", order: 7, state: "completed", live: undefined, finishedAt: 5 });
    expect(checkedHistory({ before }).from).toEqual([-5, -7, "a"]);
  });

  it.each<[string, unknown]>([
    ["state", "completed"],
    ["state", ["failed"]],
    ["group", ""],
    ["queue", 5],
    ["limit", 0],
    ["limit", 1_001],
    ["limit", 1.5],
    ["limit", "10"],
    ["before", "2026-01-01"],
    ["before", Number.NaN],
    ["before", new Date(Number.NaN)],
    ["before", null],
    ["before", handleOf({})],
    ["before", {}],
    ["until", 5],
  ])("%s: %j throws a TypeError that names it and says what is allowed", (name, value) => {
    const check = () => checkedHistory({ [name]: value } as HistoryOptions);
    expect(check).toThrow(TypeError);
    expect(check).toThrow(name);
    expect(check).toThrow(/must be|misspelt/);
  });

  it("takes nothing but an object", () => {
    expect(() => checkedHistory("failed" as never)).toThrow(/must be an object/);
  });
});
