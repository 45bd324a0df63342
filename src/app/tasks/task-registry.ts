import type { TaskInfo } from "../../protocol/task-info.ts";
import { TaskHandle } from "./task-handle.ts";
import { TaskModel, type TaskPort } from "./task-model.ts";

const STORED = Promise.resolve({ inserted: true });

/** The tasks that a session knows in this realm, each with one model and one handle. */
export class TaskRegistry {
  readonly #port: TaskPort;
  readonly #tasks = new Map<string, TaskHandle>();

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
    const task = new TaskHandle(new TaskModel(this.#port, info, STORED));
    this.add(task);
    return task;
  }

  drop(key: string): void {
    this.#tasks.delete(key);
  }
}
