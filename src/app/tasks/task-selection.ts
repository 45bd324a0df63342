import { isShortString } from "../../protocol/checks.ts";
import type { TaskProgress } from "../background-task.ts";
import type { Changes } from "../changes.ts";
import { snapshotsOf } from "../snapshots.ts";
import type { SnapshotSource, TaskCounts, TaskQueue, TasksSnapshot } from "../task-group.ts";
import type { TaskHandle } from "./task-handle.ts";
import type { Lane, TaskRegistry } from "./task-registry.ts";
import { tasksSnapshot } from "./tasks-snapshot.ts";

/** The tasks of a group or a queue, controlled together. */
export class TaskSelection implements TaskQueue {
  readonly name: string;
  readonly #lane: Lane;
  readonly #registry: TaskRegistry;
  readonly #release: () => Promise<void>;
  declare readonly subscribe: SnapshotSource<TasksSnapshot>["subscribe"];
  declare readonly getSnapshot: () => TasksSnapshot;

  /** @param release lets the queue of this name go on if a failed task holds it */
  constructor(
    by: "group" | "queue",
    name: string,
    registry: TaskRegistry,
    changes: Changes,
    release: () => Promise<void>,
  ) {
    if (!isShortString(name))
      throw new TypeError(`The name of a ${by} must be a string of 1 to 1,024 characters.`);
    this.name = name;
    this.#lane = [by, name];
    this.#registry = registry;
    this.#release = release;
    Object.assign(
      this,
      snapshotsOf<TasksSnapshot>(changes, (last) => tasksSnapshot(registry, this.#lane, last)),
    );
  }

  tasks(): TaskHandle[] {
    return this.#registry.unfinished(this.#lane);
  }

  get counts(): TaskCounts {
    return this.getSnapshot().counts;
  }

  get progress(): TaskProgress {
    return this.getSnapshot().progress;
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
