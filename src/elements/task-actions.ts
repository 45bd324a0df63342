import type { BackgroundSession, TaskSnapshot } from "../app/index.ts";
import type { Action, AllAction } from "./choices.ts";
import { openFile, saveFile } from "./save-file.ts";

/** What an action needs beside its task. */
export interface ActionPort {
  readonly session: BackgroundSession;
  fileOf(id: string): File | undefined;
  /** Takes a finished task out of the list. */
  remove(id: string): void;
}

type Act = (task: TaskSnapshot, port: ActionPort) => Promise<unknown>;

/** What each button of a row does. */
export const TASK_ACTIONS: Readonly<Record<Action, Act>> = {
  pause: ({ task }) => task.suspend(),
  resume: ({ task }) => task.resume(),
  // A task that is resumed does not wait for the time of its next attempt.
  now: async ({ task }) => {
    await task.suspend();
    await task.resume();
  },
  retry: async ({ id, task }, { session, remove }) => {
    const next = session.retry(task);
    remove(id);
    await next.resume();
  },
  open: async ({ id }, { fileOf }) => withFile(fileOf(id), openFile),
  save: async ({ id }, { fileOf }) => withFile(fileOf(id), saveFile),
  cancel: ({ task }) => task.cancel(),
  remove: async ({ id }, { remove }) => remove(id),
};

/** Which tasks each button of the head concerns. */
export const CONCERNED: Readonly<Record<AllAction, (task: TaskSnapshot) => boolean>> = {
  pause: ({ state }) => state === "running",
  resume: ({ state }) => state === "suspended",
  cancel: ({ state }) => state === "running" || state === "suspended",
  remove: ({ state }) => state === "completed",
};

function withFile(file: File | undefined, use: (file: File) => void): void {
  if (file !== undefined) use(file);
}
