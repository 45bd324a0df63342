import { forgetTask } from "../../store/forget.ts";
import { readHistory } from "../../store/history.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";
import type { BackgroundTask } from "../background-task.ts";
import { checkedHistory, type HistoryOptions } from "../tasks/history-options.ts";
import { finishedInfo } from "./finished-task.ts";
import type { SessionCore } from "./session-core.ts";

/** Reads the finished tasks of a session from disk: the daemon is not asked. */
export async function history(core: SessionCore, options: HistoryOptions): Promise<BackgroundTask[]> {
  core.check();
  const { database, identifier, configuration, tasks } = core;
  const { filter, limit, from } = checkedHistory(options);
  if (!configuration.keepsHistory)
    throw new TypeError(
      "The session keeps no history. Open it with configuration: { keepsHistory: true }; tasks that are made from then " +
        "on are kept.",
    );
  // What is older may still be there until the daemon sweeps.
  const oldest = configuration.retention * 1000 - Date.now();
  if (Number(from[0]) >= oldest) return [];
  const rows = await readHistory(database, identifier, filter, limit, from, [oldest]);
  return rows.map((row) => tasks.pastHandleOf(taskInfoOf(row)));
}

/** Deletes what is kept of a finished task. */
export async function forget(core: SessionCore, task: BackgroundTask): Promise<void> {
  core.check();
  const { database, identifier, insertions } = core;
  const { key } = finishedInfo(task, identifier, "forget()", "cancel it first");
  // A task that was just made of it takes its body and its bytes over.
  await insertions.settled();
  await forgetTask(database, identifier, key);
  core.tasks.forget(key);
}
