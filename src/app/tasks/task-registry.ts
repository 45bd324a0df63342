import type { Failure } from "../../protocol/session-error.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";
import { endedBadly } from "../../store/following-end.ts";
import type { TaskCounts } from "../task-group.ts";
import { TaskHandle } from "./task-handle.ts";
import { TaskModel, type TaskPort } from "./task-model.ts";

const STORED = Promise.resolve({ inserted: true });

/** How many tasks have ended, and how. */
export type Ended = Pick<TaskCounts, "succeeded" | "failed">;

/** Which tasks: all of a session, or those of a group or a queue. */
export type Lane = readonly [by: "group" | "queue", name: string | undefined] | undefined;

/** How many of the tasks that have ended are remembered. */
export const MAX_REMEMBERED = 100;

/** @param sign -1 takes the task out */
function withOne({ succeeded, failed }: Ended, task: TaskHandle, sign = 1): Ended {
  return endedBadly(TaskHandle.modelOf(task).info)
    ? { succeeded, failed: failed + sign }
    : { succeeded: succeeded + sign, failed };
}

function isOf(task: TaskHandle, lane: Lane): boolean {
  return lane === undefined || task[lane[0]] === lane[1];
}

/** The tasks that a session knows in this realm, each with one model and one handle. */
export class TaskRegistry {
  readonly #port: TaskPort;
  readonly #tasks = new Map<string, TaskHandle>();
  /** How many have ended of the session and of each group and queue. */
  readonly #ended = new Map<string, Ended>();
  /** The last tasks that have ended, by key, in that order. */
  readonly #remembered = new Map<string, TaskHandle>();
  /** Those that have been remembered and counted: not twice. */
  readonly #wasRemembered = new WeakSet<TaskHandle>();

  constructor(port: TaskPort) {
    this.#port = port;
  }

  /** The unfinished tasks in the order in which they came. */
  unfinished(lane?: Lane): TaskHandle[] {
    return [...this.#tasks.values()].filter((task) => task.state !== "completed" && isOf(task, lane));
  }

  /** The last of the tasks that have ended since the session was opened, in that order. */
  finished(lane: Lane): TaskHandle[] {
    this.#rememberAll();
    return [...this.#remembered.values()].filter((task) => isOf(task, lane));
  }

  /** Returns how many tasks have ended, those that are no longer remembered included. */
  ended(lane: Lane): Ended {
    this.#rememberAll();
    return this.#ended.get(String(lane)) ?? NONE;
  }

  #rememberAll(): void {
    for (const task of this.#tasks.values()) this.#remember(task);
  }

  #remember(task: TaskHandle): void {
    if (task.state !== "completed" || this.#wasRemembered.has(task)) return;
    this.#wasRemembered.add(task);
    this.#count(task);
    this.#remembered.set(TaskHandle.modelOf(task).info.key, task);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED) this.#remembered.delete(String(oldest));
  }

  /** What is kept of the task was deleted: it is counted no more, unless that was too long ago to be remembered. */
  forget(key: string): void {
    this.#rememberAll();
    const task = this.#remembered.get(key);
    if (task !== undefined) this.#count(task, -1);
    this.#remembered.delete(key);
    // The older ones can be forgotten in no other way.
    if (this.#remembered.size === 0) this.#ended.clear();
    this.#port.changed?.();
  }

  get hasWork(): boolean {
    return [...this.#tasks.values()].some(({ state }) => state === "running");
  }

  find(id: string): TaskHandle | undefined {
    return this.unfinished().findLast((task) => task.id === id);
  }

  get(key: string): TaskHandle | undefined {
    return this.#tasks.get(key);
  }

  add(task: TaskHandle): void {
    this.#tasks.set(TaskHandle.modelOf(task).info.key, task);
    this.#port.changed?.();
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

  /** Ends a task here and now, without a trace on disk. */
  fail(task: TaskHandle, failure: Failure): void {
    const model = TaskHandle.modelOf(task);
    model.fail(failure);
    this.drop(model.info.key);
  }

  drop(key: string): void {
    const task = this.#tasks.get(key);
    if (task === undefined) return;
    this.#tasks.delete(key);
    this.#port.changed?.();
    this.#remember(task);
    // The app's own handle may hold the file, and with it the space on the disk.
    if (this.#remembered.has(key)) this.#remembered.set(key, this.#newHandle(TaskHandle.modelOf(task).info));
  }

  #count(task: TaskHandle, sign?: -1): void {
    const lanes: Lane[] = [undefined, ["group", task.group], ["queue", task.queue]];
    for (const lane of lanes.map(String))
      this.#ended.set(lane, withOne(this.#ended.get(lane) ?? NONE, task, sign));
  }
}

const NONE: Ended = { succeeded: 0, failed: 0 };
