import type { TaskInfo } from "../../protocol/task-info.ts";
import { TaskHandle } from "../tasks/task-handle.ts";

/**
 * Returns what is known of a finished task of a session.
 * @param method the method that got the task, for messages
 * @param otherwise what is said of one that is not finished
 * @throws TypeError if it is not one
 */
export function finishedInfo(task: unknown, session: string, method: string, otherwise: string): TaskInfo {
  if (!(task instanceof TaskHandle)) throw new TypeError(`${method} takes the handle of a finished task.`);
  const { info } = TaskHandle.modelOf(task);
  if (info.session !== session) throw new TypeError("The task belongs to another session.");
  if (info.state !== "completed") throw new TypeError(`Task "${info.id}" is not finished; ${otherwise}.`);
  return info;
}
