import { describe, expect, it } from "vitest";
import { TaskModel } from "../../../src/app/task-model.ts";
import { taskInfoOf } from "../../../src/store/task-info-of.ts";
import { taskRow } from "../../support/task-row.ts";

describe("what a handle shows while a wish is being recorded", () => {
  const suspended = taskInfoOf(taskRow({ state: "suspended" }));
  const running = taskInfoOf(taskRow(), { activity: "waiting-for-network" });

  function model() {
    let record = (): void => {};
    const port = {
      check: () => {},
      control: () => new Promise<void>((resolve) => (record = resolve)),
      resumeData: async () => undefined,
      prioritize: () => {},
      result: async () => ({}),
    };
    const model = new TaskModel(port, suspended, Promise.resolve({ inserted: true }));
    return { model, record: () => record() };
  }

  it("is the wish, whatever is heard of the time before", () => {
    const { model: task } = model();
    void task.resume();
    task.update(suspended);
    expect([task.info.state, task.info.activity]).toEqual(["running", "waiting-for-daemon"]);
  });

  // A task that was made offline showed "waiting-for-daemon" for as long as nothing else happened.
  it("is what the daemon says to it, which may come before the wish counts as recorded", async () => {
    const { model: task, record } = model();
    const resumed = task.resume();
    task.update(running);
    record();
    await resumed;
    expect([task.info.state, task.info.activity]).toEqual(["running", "waiting-for-network"]);
  });
});
