import type { BackgroundTask, TaskResult } from "../app/index.ts";

/**
 * Stands in for the handle of a task that has ended, if the session remembers too few of them. Such a task can be shown,
 * but not repeated.
 */
export function endedTask(id: string, result: TaskResult): BackgroundTask {
  const { response } = result;
  // A clone has no address.
  const own = response && Object.defineProperty(response.clone(), "url", { value: response.url });
  const completed = Promise.resolve({ ...result, response: own });
  const task = { ...result, id, state: "completed", createdAt: new Date(), completed };
  return { ...task, info: task } as unknown as BackgroundTask;
}
