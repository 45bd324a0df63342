import type { TaskInfo } from "../../protocol/task-info.ts";
import { endedBadly } from "../../store/following-end.ts";
import type { TaskCounts } from "../task-group.ts";
import { TaskHandle } from "./task-handle.ts";
import { TaskModel, type TaskPort } from "./task-model.ts";

const STORED = Promise.resolve({ inserted: true });

/** How many tasks have ended, and how. */
export type Ended = Pick<TaskCounts, "succeeded" | "failed">;

function withOne({ succeeded, failed }: Ended, task: TaskHandle): Ended {
  return endedBadly(TaskHandle.modelOf(task).info)
    ? { succeeded, failed: failed + 1 }
    : { succeeded: succeeded + 1, failed };
}

/** The tasks that a session knows in this realm, each with one model and one handle. */
export class TaskRegistry {
  readonly #port: TaskPort;
  readonly #tasks = new Map<string, TaskHandle>();
  /** What was dropped of each group and queue. */
  readonly #ended = new Map<string, Ended>();

  constructor(port: TaskPort) {
    this.#port = port;
  }

  /** The unfinished tasks in the order in which they came. */
  unfinished(): TaskHandle[] {
    return [...this.#tasks.values()].filter((task) => task.state !== "completed");
  }

  get hasWork(): boolean {
    for (const task of this.#tasks.values()) if (task.state === "running") return true;
    return false;
  }

  find(id: string): TaskHandle | undefined {
    return this.unfinished().findLast((task) => task.id === id);
  }

  get(key: string): TaskHandle | undefined {
    return this.#tasks.get(key);
  }

  add(task: TaskHandle): void {
    this.#tasks.set(TaskHandle.modelOf(task).info.key, task);
  }

  /** Returns the handle of a stored task, and makes it if this realm has none. */
  handleOf(info: TaskInfo): TaskHandle {
    const known = this.#tasks.get(info.key);
    if (known !== undefined) {
      TaskHandle.modelOf(known).update(info);
      return known;
    }
    const task = this.#newHandle(info);
    this.add(task);
    return task;
  }

  /** Returns the handle of a task of the past. A new one is not kept: nothing will happen to its task. */
  pastHandleOf(info: TaskInfo): TaskHandle {
    return this.#tasks.has(info.key) ? this.handleOf(info) : this.#newHandle(info);
  }

  #newHandle(info: TaskInfo): TaskHandle {
    return new TaskHandle(new TaskModel(this.#port, info, STORED));
  }

  drop(key: string): void {
    const task = this.#tasks.get(key);
    this.#tasks.delete(key);
    if (task?.state !== "completed") return;
    for (const by of ["group", "queue"] as const) {
      if (task[by] === undefined) continue;
      const lane = by + task[by];
      this.#ended.set(lane, withOne(this.#ended.get(lane) ?? NONE, task));
    }
  }

  /** Returns how many tasks of a group or queue have ended, those that were dropped included. */
  endedOf(by: "group" | "queue", name: string): Ended {
    const ended = [...this.#tasks.values()].filter((task) => task.state === "completed" && task[by] === name);
    return ended.reduce(withOne, this.#ended.get(by + name) ?? NONE);
  }
}

const NONE: Ended = { succeeded: 0, failed: 0 };
