import type { BackgroundTask } from "../background-task.ts";
import { warnOnce } from "../warn.ts";

const PATIENCE_MS = 10_000;

let hasWarned = false;

/** Warns once if nobody resumes the task within ten seconds. @returns the task */
export function warnIfNeverResumed(task: BackgroundTask): BackgroundTask {
  const resume = task.resume.bind(task);
  let isResumed = false;
  task.resume = () => {
    isResumed = true;
    return resume();
  };
  setTimeout(() => {
    if (isResumed || hasWarned || task.state !== "suspended") return;
    hasWarned = true;
    warnOnce(
      `The task "${task.id}" (${task.originalRequest.url}) was made ten seconds ago, and nobody has called its resume(): ` +
        "new tasks are suspended.",
    );
  }, PATIENCE_MS);
  return task;
}
