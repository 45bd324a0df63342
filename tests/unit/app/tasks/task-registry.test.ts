import { describe, expect, it } from "vitest";
import { TaskHandle } from "../../../../src/app/tasks/task-handle.ts";
import { TaskRegistry } from "../../../../src/app/tasks/task-registry.ts";
import type { TaskInfo } from "../../../../src/protocol/task-info.ts";
import { taskInfoOf } from "../../../../src/store/task-info-of.ts";
import { taskRow } from "../../../support/task-row.ts";

describe("the tasks that a session knows", () => {
  const registry = () => new TaskRegistry({} as never);
  const running = (options: object = {}): TaskInfo => taskInfoOf(taskRow(options));
  const ended = (info: TaskInfo, failure?: TaskInfo["failure"]): TaskInfo => ({
    ...info,
    state: "completed",
    ...(failure && { failure }),
  });

  it("counts and remembers those that have ended, also after they were dropped", () => {
    const tasks = registry();
    const [well, badly] = [running({ group: "album" }), running()];
    tasks.handleOf(ended(well));
    tasks.handleOf(ended(badly, { code: "blocked", message: "" }));
    for (let count = 0; count < 2; count += 1) {
      expect(tasks.ended(undefined)).toEqual({ succeeded: 1, failed: 1 });
      expect(tasks.ended(["group", "album"])).toEqual({ succeeded: 1, failed: 0 });
      expect(tasks.finished(undefined).map(({ id }) => id)).toEqual([well.id, badly.id]);
      for (const { key } of [well, badly]) tasks.drop(key);
    }
    expect(tasks.unfinished()).toEqual([]);
  });

  it.each(["before", "after"])(
    "counts one no more that is forgotten %s it is dropped, and only once",
    (when) => {
      const tasks = registry();
      const infos = [
        running({ group: "album" }),
        running({ group: "album" }),
        running({ queue: { name: "line" } }),
      ];
      const [well, badly, other] = infos as [TaskInfo, TaskInfo, TaskInfo];
      for (const info of [well, other]) tasks.handleOf(ended(info));
      tasks.handleOf(ended(badly, { code: "blocked", message: "" }));
      const drop = () => infos.forEach(({ key }) => void tasks.drop(key));
      if (when === "after") drop();
      for (let count = 0; count < 2; count += 1) {
        for (const { key } of [badly, other]) tasks.forget(key);
        expect(tasks.ended(undefined)).toEqual({ succeeded: 1, failed: 0 });
        expect(tasks.ended(["group", "album"])).toEqual({ succeeded: 1, failed: 0 });
        expect(tasks.ended(["queue", "line"])).toEqual({ succeeded: 0, failed: 0 });
        expect(tasks.finished(undefined).map(({ id }) => id)).toEqual([well.id]);
        drop();
      }
    },
  );

  it.each(["are dropped", "are still to be delivered"])(
    "counts those that it no longer remembers until the last one that it remembers is forgotten, if they %s",
    (how) => {
      const tasks = registry();
      const infos = Array.from({ length: 102 }, () => running({ group: "album" }));
      for (const info of infos) {
        tasks.handleOf(ended(info));
        if (how === "are dropped") tasks.drop(info.key);
      }
      const lanes = [undefined, ["group", "album"]] as const;
      const counted = () => lanes.map((lane) => tasks.ended(lane).succeeded);
      expect(counted()).toEqual([102, 102]);
      for (const { key } of infos.slice(0, -1)) tasks.forget(key);
      expect(counted()).toEqual([3, 3]);
      tasks.handleOf(ended(running()));
      tasks.forget(infos.at(-1)?.key ?? "");
      expect(counted()).toEqual([3, 2]);
      for (const { info } of tasks.finished(undefined))
        tasks.forget(TaskHandle.modelOf(info.task as TaskHandle).info.key);
      expect(counted()).toEqual([0, 0]);
      for (const { key } of infos) tasks.drop(key);
      expect(counted()).toEqual([0, 0]);
    },
  );

  it("does not count one that is dropped before it has ended: another handle shows it", () => {
    const tasks = registry();
    const info = running();
    tasks.handleOf(info);
    expect(tasks.hasWork).toBe(true);
    tasks.drop(info.key);
    expect(tasks.hasWork).toBe(false);
    expect(tasks.ended(undefined)).toEqual({ succeeded: 0, failed: 0 });
    expect(tasks.finished(undefined)).toEqual([]);
  });
});
