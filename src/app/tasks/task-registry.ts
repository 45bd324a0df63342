import type { TaskInfo } from "../../protocol/task-info.ts";
import { BackgroundTask } from "./task.ts";
import { TaskModel, type TaskPort } from "./task-model.ts";

const STORED = Promise.resolve({ inserted: true });

/** The tasks that a session knows in this realm: one model each, and the handle that shows it. */
export class TaskRegistry {
  readonly #port: TaskPort;
  readonly #tasks = new Map<string, BackgroundTask>();

  constructor(port: TaskPort) {
    this.#port = port;
  }

  /** Those that are not finished, in the order in which they came. */
  unfinished(): BackgroundTask[] {
    return [...this.#tasks.values()].filter((task) => task.state !== "completed");
  }

  get hasWork(): boolean {
    for (const task of this.#tasks.values()) if (task.state === "running") return true;
    return false;
  }

  find(id: string): BackgroundTask | undefined {
    return this.unfinished().findLast((task) => task.id === id);
  }

  get(key: string): BackgroundTask | undefined {
    return this.#tasks.get(key);
  }

  add(task: BackgroundTask): void {
    this.#tasks.set(BackgroundTask.modelOf(task).info.key, task);
  }

  /** Returns the handle of a stored task, and makes it where this realm has none. */
  handleOf(info: TaskInfo): BackgroundTask {
    const known = this.#tasks.get(info.key);
    if (known !== undefined) {
      BackgroundTask.modelOf(known).update(info);
      return known;
    }
    const task = new BackgroundTask(new TaskModel(this.#port, info, STORED));
    this.add(task);
    return task;
  }

  drop(key: string): void {
    this.#tasks.delete(key);
  }
}
