import type { BackgroundTask, TaskGroup, TaskResult } from "../app/index.ts";

/**
 * Returns the handle of a task that has ended, or what stands in for it if the session remembers too few of them: that can
 * be shown, but not repeated.
 */
export function endedTask(group: TaskGroup, taskId: string, result: TaskResult): BackgroundTask {
  const known = group.getSnapshot().finished.findLast(({ id }) => id === taskId);
  if (known !== undefined) return known.task;
  const { response } = result;
  // A clone has no address.
  const own = response && Object.defineProperty(response.clone(), "url", { value: response.url });
  const completed = Promise.resolve({ ...result, response: own });
  const task = { ...result, id: taskId, state: "completed", createdAt: new Date(), completed };
  return { ...task, info: task } as unknown as BackgroundTask;
}
