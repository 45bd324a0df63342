import type { BackgroundTask, TaskProgress, TaskSnapshot } from "./background-task.ts";

/** How many tasks of a session, group or queue are in which state. */
export interface TaskCounts {
  /** Resumed and not ended, whether they transfer or wait. */
  readonly running: number;
  /** The other ones that have not ended: suspended, never started, or being cancelled. */
  readonly suspended: number;
  /**
   * Ended since this page or worker opened the session, or before and still to be delivered. `session.forget(task)` takes
   * out one of `finished`, and with the last of these all older ones.
   */
  readonly succeeded: number;
  /** The same of those with an error, or with a status that does not count as success. */
  readonly failed: number;
}

/** The tasks of a session, group or queue at one moment: frozen, and the same object until something changes. */
export interface TasksSnapshot {
  /** The unfinished tasks in the order of their creation. */
  readonly tasks: readonly TaskSnapshot[];
  /**
   * The tasks that have ended since this page or worker opened the session, or before and whose events are still to be
   * delivered, in that order: the last 100 of the session. `session.forget(task)` takes one out.
   */
  readonly finished: readonly TaskSnapshot[];
  /** How many tasks are in which state. Ended ones count even if `finished` has later ones in their place. */
  readonly counts: TaskCounts;
  /**
   * `fraction` counts each task alike, whatever its length; the ended ones of `counts` are in it.
   * `secondsLeft` is known as soon as the length of each running task is.
   */
  readonly progress: TaskProgress;
}

/** What can be shown and followed: it is a store for Svelte as it is, and for React's `useSyncExternalStore`. */
export interface SnapshotSource<Snapshot> {
  /**
   * Calls the listener at once, and then after changes, at most ten times a second. A listener that throws is reported, and
   * the others are called.
   * @returns what ends the subscription
   */
  readonly subscribe: (listener: (snapshot: Snapshot) => void) => () => void;
  /** Returns how things are now. */
  readonly getSnapshot: () => Snapshot;
}

/**
 * The tasks of a session that have the same `group`. It concerns the tasks that there are: if you suspend a group, a task
 * that you make later begins.
 * @example
 * const album = session.group("album 7");
 * await album.suspend();
 * label.textContent = `${album.counts.succeeded} of ${album.counts.succeeded + album.tasks().length}`;
 */
export interface TaskGroup extends SnapshotSource<TasksSnapshot> {
  /** What the tasks have as their `group` or `queue`: 1 to 1,024 characters. */
  readonly name: string;
  /** Returns its unfinished tasks in the order of their creation. */
  tasks(): BackgroundTask[];
  /** How many of its tasks are in which state, as in `getSnapshot()`. */
  readonly counts: TaskCounts;
  /**
   * `fraction` counts each task alike, whatever its length; the ended ones of `counts` are in it.
   * `secondsLeft` is known as soon as the length of each running task is.
   */
  readonly progress: TaskProgress;
  /** Suspends each unfinished task. Nests with `resume()`. Fulfils once this is on disk. */
  suspend(): Promise<void>;
  /** Resumes each unfinished task, including those that were never started. Fulfils once this is on disk. */
  resume(): Promise<void>;
  /** Cancels each unfinished task. Fulfils once this is on disk. */
  cancel(): Promise<void>;
}

/** The tasks of a session that have the same `queue`: they run one at a time, in the order in which they were made. */
export interface TaskQueue extends TaskGroup {
  /**
   * Lets the queue go on if a failed task holds it (`onFailure: "hold"`), which that task does even if it was the last
   * one. Then resumes each unfinished task like a group.
   */
  resume(): Promise<void>;
}
