import type { BackgroundSession, TaskSnapshot } from "../app/index.ts";
import type { Action, AllAction } from "./choices.ts";
import { canRetry, endOf } from "./row-view.ts";
import { openFile, saveFile } from "./save-file.ts";

/** @param file what a finished download brought */
type Act = (task: TaskSnapshot, session: BackgroundSession, file: File | undefined) => Promise<unknown>;

/** What each button of a row does. */
export const TASK_ACTIONS: Readonly<Record<Action, Act>> = {
  pause: ({ task }) => task.suspend(),
  // It may have been suspended several times.
  resume: async ({ task }) => {
    for (;;) {
      const resumed = task.resume();
      if (task.state !== "suspended") return resumed;
      await resumed;
    }
  },
  // A task that is resumed does not wait for the time of its next attempt. Both are told to the daemon at once: it must
  // not stay suspended if the page goes in between.
  now: ({ task }) => Promise.all([task.suspend(), task.resume()]),
  // The new task has taken over what the old one has, and stands in the list for it.
  retry: async ({ task }, session) => {
    await session.retry(task).resume();
    await session.forget(task);
  },
  open: async (_, __, file) => file && openFile(file),
  save: async (_, __, file) => file && saveFile(file),
  cancel: ({ task }) => task.cancel(),
  remove: ({ task }, session) => session.forget(task),
};

/** After these, the task is not in the list any more. */
export const LEAVES: readonly Action[] = ["retry", "remove"];

/** Which tasks each button of the head concerns. */
export const CONCERNED: Readonly<Record<AllAction, (task: TaskSnapshot) => boolean>> = {
  pause: ({ state }) => state === "running",
  resume: ({ state }) => state === "suspended",
  // What the user has cancelled, the user does not want.
  retry: (task) => endOf(task) === "failed" && canRetry(task),
  cancel: ({ state }) => state !== "completed",
  remove: ({ state }) => state === "completed",
};
