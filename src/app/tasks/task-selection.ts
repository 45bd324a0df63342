import { isShortString } from "../../protocol/checks.ts";
import type { TaskProgress } from "../background-task.ts";
import type { TaskCounts, TaskQueue } from "../task-group.ts";
import type { TaskHandle } from "./task-handle.ts";
import type { TaskRegistry } from "./task-registry.ts";

/** The tasks of a group or a queue, controlled together. */
export class TaskSelection implements TaskQueue {
  readonly name: string;
  readonly #by: "group" | "queue";
  readonly #registry: TaskRegistry;
  readonly #release: () => Promise<void>;

  /** @param release lets the queue of this name go on if a failed task holds it */
  constructor(by: "group" | "queue", name: string, registry: TaskRegistry, release: () => Promise<void>) {
    if (!isShortString(name))
      throw new TypeError(`The name of a ${by} must be a string of 1 to 1,024 characters.`);
    this.name = name;
    this.#by = by;
    this.#registry = registry;
    this.#release = release;
  }

  tasks(): TaskHandle[] {
    return this.#registry.unfinished().filter((task) => task[this.#by] === this.name);
  }

  get counts(): TaskCounts {
    const unfinished = this.tasks();
    const running = unfinished.filter(({ state }) => state === "running").length;
    const suspended = unfinished.length - running;
    return { running, suspended, ...this.#registry.endedOf(this.#by, this.name) };
  }

  get progress(): TaskProgress {
    const { succeeded, failed } = this.#registry.endedOf(this.#by, this.name);
    const tasks = this.tasks();
    const all = succeeded + failed + tasks.length;
    let done = succeeded + failed;
    let bytesPerSecond = 0;
    for (const { progress } of tasks) {
      done += progress.fraction ?? 0;
      bytesPerSecond += progress.bytesPerSecond ?? 0;
    }
    const fraction = all === 0 ? undefined : done / all;
    return { fraction, bytesPerSecond: bytesPerSecond || undefined, secondsLeft: undefined };
  }

  suspend(): Promise<void> {
    return this.#each((task) => task.suspend());
  }

  async resume(): Promise<void> {
    await this.#release();
    await this.#each((task) => task.resume());
  }

  async cancel(): Promise<void> {
    await this.#each((task) => task.cancel());
    await this.#release();
  }

  async #each(act: (task: TaskHandle) => Promise<unknown>): Promise<void> {
    await Promise.all(this.tasks().map(act));
  }
}
