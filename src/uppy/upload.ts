import type { Body, Meta } from "@uppy/core";
import type { BackgroundTask, TaskSnapshot } from "../app/index.ts";
import type { StoredFile } from "./stored-file.ts";

/** The length of a UUID. */
export const KEY_LENGTH = 36;

/** Returns the id of the first task of a new upload. */
export function newTaskId(): string {
  return `${crypto.randomUUID()}/0`;
}

/** Returns what the ids of an upload's tasks have in common: each retry is another task. */
export function keyOf(taskId: string): string {
  return taskId.slice(0, KEY_LENGTH);
}

function numberOf(taskId: string): number {
  return Number(taskId.slice(KEY_LENGTH + 1));
}

/** The upload of one file: the task that does it, and what became of that. */
export class Upload<M extends Meta, B extends Body> {
  readonly fileId: string;
  readonly stored: StoredFile<M, B>;
  task: BackgroundTask;
  /** Fulfils when Uppy was told how the task has ended. */
  told: Promise<void> = Promise.resolve();
  /** Fulfils when nobody has to wait for the upload any more. */
  ended: Promise<void>;
  end: () => void = () => {};
  /** Why it failed. `task` is then the finished one, or the one that is to repeat it and is suspended. */
  failure: Error | undefined;
  /** What Uppy was last shown. */
  shown: TaskSnapshot | undefined;

  constructor(fileId: string, stored: StoredFile<M, B>, task: BackgroundTask) {
    this.fileId = fileId;
    this.stored = stored;
    this.task = task;
    this.ended = this.begin();
  }

  /** It is under way, again. @returns `ended` */
  begin(): Promise<void> {
    this.failure = undefined;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    return this.ended;
  }

  /** Whether its task can be repeated: the body is deleted when the server has accepted it, and if it was never stored. */
  get canRepeat(): boolean {
    const { state, error, response } = this.task;
    if (state !== "completed") return true;
    return error === undefined ? response?.ok === false : error.resumeData !== undefined;
  }

  /** Starts the task that is to repeat a failed one. */
  async resume(): Promise<void> {
    const { inserted } = await this.task.resume();
    // Another page has made it, too: the handle now shows the one that is stored, and that may be suspended.
    if (!inserted && this.task.state === "suspended") await this.task.resume();
  }

  /** Pauses or resumes its task, unless that waits to repeat a failed one. */
  async pause(isPaused: boolean): Promise<void> {
    const { failure, task } = this;
    if (failure !== undefined || task.state !== (isPaused ? "running" : "suspended")) return;
    await (isPaused ? task.suspend() : task.resume());
  }

  /** Whether a task was made to repeat the one that is known, by another page. */
  isRepeatedBy(taskId: string): boolean {
    return numberOf(this.task.id) < numberOf(taskId);
  }

  /** Returns what is stored with the task that is to repeat it. */
  storedAgain(): StoredFile<M, B> {
    const taskId = `${keyOf(this.task.id)}/${numberOf(this.task.id) + 1}`;
    return { ...this.stored, taskId, failure: this.failure?.message };
  }
}
