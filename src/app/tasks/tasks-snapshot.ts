import type { TaskProgress } from "../background-task.ts";
import { kept } from "../snapshots.ts";
import type { TaskCounts, TasksSnapshot } from "../task-group.ts";
import type { Ended, Lane, TaskRegistry } from "./task-registry.ts";

/** Reads how the tasks of a session, a group or a queue are, with what is still the same of the last snapshot. */
export function tasksSnapshot(registry: TaskRegistry, lane: Lane, last?: TasksSnapshot): TasksSnapshot {
  const tasks = registry.unfinished(lane).map(({ info }) => info);
  const finished = registry.finished(lane).map(({ info }) => info);
  const ended = registry.ended(lane);
  return {
    tasks: kept(last?.tasks, tasks),
    finished: kept(last?.finished, finished),
    counts: kept(last?.counts, countsOf(tasks, ended)),
    progress: kept(last?.progress, progressOf(tasks, ended)),
  };
}

function countsOf(tasks: TasksSnapshot["tasks"], ended: Ended): TaskCounts {
  const running = tasks.filter(({ state }) => state === "running").length;
  return { running, suspended: tasks.length - running, ...ended };
}

function progressOf(tasks: TasksSnapshot["tasks"], { succeeded, failed }: Ended): TaskProgress {
  let done = succeeded + failed;
  const all = done + tasks.length;
  let bytesPerSecond = 0;
  let bytesLeft = 0;
  for (const task of tasks) {
    const { fraction = Number.NaN, bytesPerSecond: speed = 0 } = task.progress;
    const length =
      task.kind === "upload" ? task.countOfBytesExpectedToSend : task.countOfBytesExpectedToReceive;
    done += fraction || 0;
    bytesPerSecond += speed;
    if (task.state === "running") bytesLeft += length < 0 ? Number.NaN : length * (1 - fraction);
  }
  return {
    fraction: all === 0 ? undefined : done / all,
    bytesPerSecond: bytesPerSecond || undefined,
    // Not a number if the length of a running task is not known.
    secondsLeft: (bytesPerSecond && bytesLeft / bytesPerSecond) || undefined,
  };
}
