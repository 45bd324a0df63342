import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Changes } from "../../../src/app/changes.ts";
import { kept, snapshotsOf } from "../../../src/app/snapshots.ts";
import type { TasksSnapshot } from "../../../src/app/task-group.ts";
import { TaskHandle } from "../../../src/app/tasks/task-handle.ts";
import { TaskModel, type TaskPort } from "../../../src/app/tasks/task-model.ts";
import { TaskRegistry } from "../../../src/app/tasks/task-registry.ts";
import { tasksSnapshot } from "../../../src/app/tasks/tasks-snapshot.ts";
import type { TaskInfo } from "../../../src/protocol/task-info.ts";
import { taskInfoOf } from "../../../src/store/task-info-of.ts";
import { type RowOptions, taskRow } from "../../support/task-row.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function info(key: string, options: RowOptions = {}): TaskInfo {
  return taskInfoOf(taskRow({ key, id: key, order: 1, live: ["test", 1], ...options }));
}

function world() {
  const changes = new Changes();
  const port = { check: () => {}, changed: changes.mark } as Partial<TaskPort> as TaskPort;
  const registry = new TaskRegistry(port);
  const source = snapshotsOf<TasksSnapshot>(changes, (last) => tasksSnapshot(registry, undefined, last));
  return { changes, registry, source };
}

describe("a source of snapshots", () => {
  it.each([undefined, null, 5, {}])("refuses a listener that is no function: %s", (listener) => {
    expect(() => world().source.subscribe(listener as never)).toThrow(TypeError);
  });
});

describe("a task's snapshot", () => {
  it("is frozen, and the same object until something changes", () => {
    const { registry } = world();
    const task = registry.handleOf(info("a"));
    const before = task.info;
    expect(Object.isFrozen(before) && Object.isFrozen(before.progress)).toBe(true);
    registry.handleOf(info("a"));
    expect(task.info).toBe(before);
    registry.handleOf({ ...info("a"), bytesReceived: 5 });
    expect(task.info).not.toBe(before);
    expect([before.countOfBytesReceived, task.info.countOfBytesReceived]).toEqual([0, 5]);
  });

  it("is frozen in each part that is a plain object", () => {
    const { registry } = world();
    const response = {
      url: "https://app.test/",
      status: 200,
      statusText: "",
      headers: { a: "b" },
      redirected: false,
    };
    const transport = { way: "worker", reason: "page-open" } as const;
    const task = registry.handleOf({ ...info("a", { response }), transport });
    const looseIn = (value: unknown, path: string): string[] => {
      if (typeof value !== "object" || value === null || value === task) return [];
      if (Object.getPrototypeOf(value) !== Object.prototype) return [];
      const inside = Object.entries(value).flatMap(([name, part]) => looseIn(part, `${path}.${name}`));
      return Object.isFrozen(value) ? inside : [path, ...inside];
    };
    expect(looseIn(task.info, "info")).toEqual([]);
    expect(task.info.response?.headers).toEqual({ a: "b" });
    expect(task.info.transport).toEqual(transport);
    expect(Object.isFrozen(response)).toBe(false);
  });

  it("says what the handle says", () => {
    const { registry } = world();
    const task = registry.handleOf(
      info("a", { description: "A", group: "g", earliestBeginDate: 7, state: "suspended" }),
    );
    const { task: handle, uid, response, ...facts } = task.info;
    expect(handle).toBe(task);
    expect(uid).toBe("a");
    expect(response).toBeUndefined();
    for (const [name, value] of Object.entries(facts)) expect(task[name as keyof TaskHandle]).toEqual(value);
  });
});

describe("the head of a response in a snapshot", () => {
  it.each([
    [199, false],
    [200, true],
    [299, true],
    [300, false],
    [404, false],
  ])("is ok with status 200 to 299: %i", (status, ok) => {
    const { registry } = world();
    const response = { url: "/a", status, statusText: "", headers: {}, redirected: false };
    expect(registry.handleOf(info("a", { response })).info.response).toEqual({ ...response, ok });
  });
});

describe("the time left of a session", () => {
  const moving = (key: string, bytesReceived: number, bytesPerSecond?: number, change: RowOptions = {}) => ({
    ...info(key, { bytesExpected: 1_000, ...change }),
    bytesReceived,
    bytesPerSecond,
  });
  const secondsLeft = (...infos: TaskInfo[]) => {
    const { registry, source } = world();
    for (const one of infos) registry.handleOf(one);
    return source.getSnapshot().progress.secondsLeft;
  };

  it("is what all running tasks still have to move, at the speed of all of them", () => {
    expect(secondsLeft(moving("a", 400, 50), moving("b", 0, 50), moving("waits", 200))).toBe(24);
  });

  it("counts uploads by the bytes that the server has acknowledged", () => {
    const upload = { protocol: "tus", sizeBytes: 1_000, bytesAcknowledged: 500 } as const;
    expect(secondsLeft(moving("a", 0, 100, { kind: "upload", upload }))).toBe(5);
  });

  it("leaves out paused tasks, which wait for the user", () => {
    expect(secondsLeft(moving("a", 400, 100), moving("paused", 0, undefined, { state: "suspended" }))).toBe(
      6,
    );
  });

  it("is not known if nothing moves, or the length of a running task is not known", () => {
    expect(secondsLeft()).toBeUndefined();
    expect(secondsLeft(moving("a", 400))).toBeUndefined();
    expect(secondsLeft(moving("a", 400, 100), moving("b", 0, 100, { bytesExpected: -1 }))).toBeUndefined();
  });
});

describe("the snapshot of a session", () => {
  it("is the same object, and its lists are, until something changes", () => {
    const { registry, source } = world();
    const a = registry.handleOf(info("a"));
    const b = registry.handleOf(info("b"));
    const before = source.getSnapshot();
    expect(before.tasks).toEqual([a.info, b.info]);
    registry.handleOf(info("a"));
    expect(source.getSnapshot()).toBe(before);
    registry.handleOf({ ...info("a"), bytesReceived: 5 });
    const after = source.getSnapshot();
    expect(after).not.toBe(before);
    expect(after.tasks[0]).not.toBe(before.tasks[0]);
    expect(after.tasks[1]).toBe(before.tasks[1]);
    expect(after.finished).toBe(before.finished);
    expect(after.counts).toBe(before.counts);
  });

  it("has the tasks that ended, in that order, also after they were dropped, and counts them once", () => {
    const { registry, source } = world();
    for (const key of ["a", "b", "c"]) registry.handleOf(info(key));
    registry.handleOf(info("b", { state: "completed" }));
    expect(source.getSnapshot().finished.map(({ id }) => id)).toEqual(["b"]);
    registry.handleOf(info("a", { state: "completed", failure: { code: "expired", message: "Late." } }));
    registry.drop("a");
    registry.drop("b");
    const { tasks, finished, counts, progress } = source.getSnapshot();
    expect(tasks.map(({ id }) => id)).toEqual(["c"]);
    expect(finished.map(({ id, error }) => [id, error?.code])).toEqual([
      ["b", undefined],
      ["a", "expired"],
    ]);
    expect(counts).toEqual({ running: 1, suspended: 0, succeeded: 1, failed: 1 });
    expect(progress.fraction).toBeCloseTo(2 / 3);
  });

  it("remembers the last hundred that ended, each once, and not one that was forgotten", () => {
    const { registry, source } = world();
    for (let n = 0; n < 150; n += 1) registry.handleOf(info(`${n}`, { state: "completed" }));
    const ids = (): string[] => source.getSnapshot().finished.map(({ id }) => id);
    expect(ids()).toEqual(Array.from({ length: 100 }, (_, n) => `${n + 50}`));
    registry.drop("3");
    registry.drop("60");
    registry.forget("61");
    expect(ids()).toEqual(Array.from({ length: 100 }, (_, n) => `${n + 50}`).filter((id) => id !== "61"));
  });

  it("does not hold what the app's own handle may hold of a task that is settled", () => {
    const { registry, source } = world();
    const task = registry.handleOf(info("a", { state: "completed" }));
    expect(source.getSnapshot().finished[0]?.task).toBe(task);
    registry.drop("a");
    const past = source.getSnapshot().finished[0]?.task;
    expect([past === task, past?.id]).toEqual([false, "a"]);
  });

  it("of a group has the tasks of that group alone", () => {
    const { registry } = world();
    registry.handleOf(info("a", { group: "g" }));
    registry.handleOf(info("b"));
    registry.handleOf(info("c", { group: "g", state: "completed" }));
    registry.drop("c");
    const { tasks, finished, counts } = tasksSnapshot(registry, ["group", "g"]);
    expect([tasks.length, finished.length, counts.succeeded]).toEqual([1, 1, 1]);
  });
});

describe("subscribers", () => {
  it("are told at once, and then ten times a second at most, each of the last state", () => {
    const { registry, source } = world();
    registry.handleOf(info("a"));
    const told: number[] = [];
    const stop = source.subscribe(({ tasks }) => told.push(tasks[0]?.countOfBytesReceived ?? -1));
    expect(told).toEqual([0]);
    for (let bytes = 1; bytes <= 100; bytes += 1) {
      registry.handleOf({ ...info("a"), bytesReceived: bytes });
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(100);
    expect(told.length).toBeGreaterThan(5);
    expect(told.length).toBeLessThanOrEqual(12);
    expect(told.at(-1)).toBe(100);
    stop();
    registry.handleOf({ ...info("a"), bytesReceived: 101 });
    vi.advanceTimersByTime(1000);
    expect(told.at(-1)).toBe(100);
  });

  it("are not told if nothing changed, and no timer runs for nobody", () => {
    const { registry, source, changes } = world();
    registry.handleOf(info("a"));
    expect(vi.getTimerCount()).toBe(0);
    const listener = vi.fn();
    source.subscribe(listener);
    changes.mark();
    vi.advanceTimersByTime(1000);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  describe("in a page with frames", () => {
    const document = { visibilityState: "visible" };
    const frames = new Map<number, () => void>();
    const frame = (): void => {
      const due = [...frames.values()];
      frames.clear();
      for (const draw of due) draw();
    };
    const followed = () => {
      const { registry, source } = world();
      registry.handleOf(info("a"));
      const told: number[] = [];
      source.subscribe(({ tasks }) => told.push(tasks[0]?.countOfBytesReceived ?? -1));
      const receive = (bytesReceived: number) => void registry.handleOf({ ...info("a"), bytesReceived });
      return { told, receive };
    };
    beforeEach(() => {
      frames.clear();
      document.visibilityState = "visible";
      vi.stubGlobal("document", document);
      vi.stubGlobal("requestAnimationFrame", (draw: () => void) => {
        frames.set(frames.size + 1, draw);
        return frames.size;
      });
      vi.stubGlobal("cancelAnimationFrame", (id: number) => frames.delete(id));
    });
    afterEach(() => void vi.unstubAllGlobals());

    it("are told in a frame, once, however long it takes to come", () => {
      const { told, receive } = followed();
      for (let bytes = 1; bytes <= 60; bytes += 1) {
        receive(bytes);
        vi.advanceTimersByTime(10);
      }
      expect([told, frames.size]).toEqual([[0], 1]);
      frame();
      expect(told).toEqual([0, 60]);
      vi.advanceTimersByTime(10_000);
      expect([told, vi.getTimerCount()]).toEqual([[0, 60], 0]);
    });

    it("are told by the timer if a document has no frames", () => {
      vi.stubGlobal("requestAnimationFrame", undefined);
      const { told, receive } = followed();
      receive(1);
      vi.advanceTimersByTime(100);
      expect(told).toEqual([0, 1]);
    });

    it("are told if the page is hidden, and then not again in the frame that comes when it is shown", () => {
      const { told, receive } = followed();
      receive(1);
      vi.advanceTimersByTime(100);
      document.visibilityState = "hidden";
      vi.advanceTimersByTime(1_000);
      expect(told).toEqual([0, 1]);
      receive(2);
      vi.advanceTimersByTime(100);
      expect(told).toEqual([0, 1, 2]);
      receive(3);
      expect(frames.size).toBe(0);
      frame();
      expect(told).toEqual([0, 1, 2]);
    });
  });

  it("that throw are reported, and the others are told", async () => {
    const { registry, source } = world();
    const report = vi.fn();
    vi.stubGlobal("reportError", report);
    const error = new Error("mine");
    source.subscribe(() => {
      throw error;
    });
    const listener = vi.fn();
    source.subscribe(listener);
    registry.handleOf(info("a"));
    await vi.advanceTimersByTimeAsync(200);
    expect(report.mock.calls).toEqual([[error], [error]]);
    expect(listener).toHaveBeenCalledTimes(2);
    vi.unstubAllGlobals();
  });

  it("that listen anew while they are told are told once", () => {
    const changes = new Changes();
    let times = 0;
    const listener = () => {
      times += 1;
      leave();
      leave = changes.listen(listener);
    };
    let leave = changes.listen(listener);
    changes.mark();
    vi.advanceTimersByTime(1);
    expect(times).toBe(1);
  });

  it("may leave while they are told", () => {
    const { registry, source } = world();
    const second = vi.fn();
    let stopSecond = (): void => {};
    let isFirst = true;
    source.subscribe(() => {
      if (!isFirst) stopSecond();
      isFirst = false;
    });
    stopSecond = source.subscribe(second);
    registry.handleOf(info("a"));
    vi.advanceTimersByTime(200);
    expect(second).toHaveBeenCalledTimes(1);
  });
});

describe("kept", () => {
  it("returns the old one only if every member is the same", () => {
    const old = Object.freeze({ a: 1, b: undefined });
    expect(kept(old, { a: 1, b: undefined })).toBe(old);
    expect(kept<object>(old, { a: 1 })).not.toBe(old);
    expect(kept(old, { a: Number.NaN, b: undefined })).toEqual({ a: Number.NaN, b: undefined });
    expect(Object.isFrozen(kept(undefined, [1]))).toBe(true);
  });
});

describe("a model of the task", () => {
  it("tells of each change that the app makes", async () => {
    const changed = vi.fn();
    const port = { check: () => {}, control: async () => {}, changed } as Partial<TaskPort> as TaskPort;
    const model = new TaskModel(port, info("a", { state: "suspended" }), Promise.resolve({ inserted: true }));
    const task = new TaskHandle(model);
    const before = task.info;
    await task.resume();
    expect(changed).toHaveBeenCalled();
    expect([before.state, task.info.state]).toEqual(["suspended", "running"]);
  });
});
