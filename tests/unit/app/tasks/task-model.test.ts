import { describe, expect, it, vi } from "vitest";
import { TaskModel } from "../../../../src/app/tasks/task-model.ts";
import { SessionError } from "../../../../src/protocol/session-error.ts";
import { TASK_STATES } from "../../../../src/protocol/task-state.ts";
import { taskInfoOf } from "../../../../src/store/task-info-of.ts";
import { taskRow } from "../../../support/task-row.ts";

describe("a handle while a control is being recorded", () => {
  const suspended = taskInfoOf(taskRow({ state: "suspended" }));
  const running = taskInfoOf(taskRow(), { activity: "waiting-for-network" });

  function model() {
    let record = (): void => {};
    const port = {
      check: () => {},
      control: () => new Promise<void>((resolve) => (record = resolve)),
      resumeData: async () => undefined,
      amend: () => {},
      result: async () => ({}),
    };
    const model = new TaskModel(port, suspended, Promise.resolve({ inserted: true }));
    return { model, record: () => record() };
  }

  it("shows the requested state, even if an older one is reported", () => {
    const { model: task } = model();
    void task.resume();
    task.update(suspended);
    expect([task.info.state, task.info.activity]).toEqual(["running", "waiting-for-daemon"]);
  });

  // A task created offline showed "waiting-for-daemon" until something else happened.
  it("shows the daemon's answer, which may arrive before the control is recorded", async () => {
    const { model: task, record } = model();
    const resumed = task.resume();
    task.update(running);
    record();
    await resumed;
    expect([task.info.state, task.info.activity]).toEqual(["running", "waiting-for-network"]);
  });

  it("shows at once that the task has ended", async () => {
    const { model: task, record } = model();
    const resumed = task.resume();
    task.update({ ...suspended, state: "completed", activity: "none" });
    expect(task.isFinished).toBe(true);
    await task.finished;
    record();
    await resumed;
    expect(task.info.state).toBe("completed");
  });
});

describe("suspend() and resume() nest (T6)", () => {
  /** A task on disk, and what was asked of the daemon. */
  function nesting(state: "suspended" | "running") {
    const asked: string[] = [];
    const port = { check: () => {}, control: async (_: unknown, action: string) => void asked.push(action) };
    const task = new TaskModel(
      port as never,
      taskInfoOf(taskRow({ state })),
      Promise.resolve({ inserted: true }),
    );
    return { task, asked };
  }

  it("it takes as many resume() as there were suspend()", async () => {
    const { task, asked } = nesting("running");
    for (let count = 0; count < 2; count += 1) await task.suspend();
    await task.resume();
    expect([task.info.state, asked]).toEqual(["suspended", ["suspend"]]);
    await task.resume();
    expect([task.info.state, asked]).toEqual(["running", ["suspend", "resume"]]);
  });

  it("a resume() too many does not count: one suspend() still suspends", async () => {
    const { task, asked } = nesting("suspended");
    for (let count = 0; count < 3; count += 1) await task.resume();
    expect([task.info.state, asked]).toEqual(["running", ["resume"]]);
    await task.suspend();
    expect([task.info.state, asked]).toEqual(["suspended", ["resume", "suspend"]]);
    await task.resume();
    expect(task.info.state).toBe("running");
  });
});

describe("suspend() of a task that was never resumed", () => {
  it("fulfils only when the task is on disk, without a control", async () => {
    let store = (_: { inserted: boolean }): void => {};
    const stored = new Promise<{ inserted: boolean }>((resolve) => {
      store = resolve;
    });
    const control = vi.fn();
    const port = { check: () => {}, control };
    const task = new TaskModel(port as never, taskInfoOf(taskRow({ state: "suspended" })), stored);
    const settled = vi.fn();
    const suspended = task.suspend().then(settled);
    await Promise.resolve();
    expect(settled).not.toHaveBeenCalled();
    store({ inserted: true });
    await suspended;
    expect(control).not.toHaveBeenCalled();
  });

  it("rejects if the task could not be stored", async () => {
    const error = over();
    const port = { check: () => {} };
    const task = new TaskModel(
      port as never,
      taskInfoOf(taskRow({ state: "suspended" })),
      Promise.reject(error),
    );
    await expect(task.suspend()).rejects.toBe(error);
  });
});

describe("a session that is over rejects every control of its tasks and changes nothing", () => {
  const error = over();
  const controls = ["suspend", "resume", "cancel", "cancelResumably"] as const;
  const cases = TASK_STATES.flatMap((state) => controls.map((control) => ({ state, control })));

  it.each(cases)("$control() of a task that is $state", async ({ state, control }) => {
    const reached: string[] = [];
    const port = {
      check: () => {
        throw error;
      },
      control: async () => void reached.push("control"),
      resumeData: async () => void reached.push("resumeData"),
      amend: () => {},
      result: async () => ({}),
    };
    const task = new TaskModel(
      port as never,
      taskInfoOf(taskRow({ state })),
      Promise.resolve({ inserted: true }),
    );
    const { info, suspensions } = task;
    // A throw in the call itself fails the test.
    await expect(task[control]()).rejects.toBe(error);
    expect([task.info, task.suspensions]).toEqual([info, suspensions]);
    expect(reached).toEqual([]);
  });
});

describe("a task that is not stored yet", () => {
  function model(stored: Promise<{ inserted: boolean }>): TaskModel {
    return new TaskModel({ check: () => {} } as never, taskInfoOf(taskRow({ state: "suspended" })), stored);
  }

  it("has its suspend() fulfil when it is stored, although it was never resumed", async () => {
    let store = (): void => {};
    const stored = new Promise<{ inserted: boolean }>((resolve) => {
      store = () => resolve({ inserted: true });
    });
    const fulfilled = vi.fn();
    const suspended = model(stored).suspend().then(fulfilled);
    await new Promise((resolve) => setImmediate(resolve));
    expect(fulfilled).not.toHaveBeenCalled();
    store();
    await suspended;
  });

  it("has its suspend() reject if it cannot be stored", async () => {
    const full = new SessionError("storage-full", "full");
    await expect(model(Promise.reject(full)).suspend()).rejects.toBe(full);
  });
});

describe("a task whose id was taken", () => {
  it("finishes with the task that was kept instead", async () => {
    const port = { check: () => {}, result: async () => ({}) };
    const stored = Promise.resolve({ inserted: false });
    const [made, kept] = [0, 1].map(() => new TaskModel(port as never, taskInfoOf(taskRow()), stored));
    const finished = vi.fn();
    void made?.finished.then(finished);
    made?.follow(kept as TaskModel);
    await new Promise((resolve) => setImmediate(resolve));
    expect(finished).not.toHaveBeenCalled();
    kept?.abandon(over());
    await made?.finished;
  });
});

function over(): SessionError {
  return new SessionError("session-invalidated", "closed");
}
