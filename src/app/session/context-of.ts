import { readTask } from "../../store/tasks.ts";
import type { BackgroundTask } from "../background-task.ts";
import { TaskHandle } from "../tasks/task-handle.ts";
import type { SessionCore } from "./session-core.ts";

/** Reads the context that was stored with a task for its completion handler. */
export async function contextOf(core: SessionCore, task: BackgroundTask): Promise<unknown> {
  core.check();
  if (!(task instanceof TaskHandle)) throw new TypeError("contextOf() takes the handle of a task.");
  const { info, stored } = TaskHandle.modelOf(task);
  await stored;
  const row = await readTask(core.database, info.session, info.key);
  return row?.completion?.context;
}
