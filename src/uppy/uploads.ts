import type { Body, Meta } from "@uppy/core";
import type { BackgroundTask, TaskResult } from "../app/index.ts";
import type { StoredFile } from "./stored-file.ts";
import { keyOf, Upload } from "./upload.ts";

type OnEnd<M extends Meta, B extends Body> = (
  upload: Upload<M, B>,
  task: BackgroundTask,
  result: TaskResult,
) => Promise<void>;

/** The uploads that this page knows, by their files and by their tasks. */
export class Uploads<M extends Meta, B extends Body> {
  readonly #onEnd: OnEnd<M, B>;
  readonly #byFile = new Map<string, Upload<M, B>>();
  /** Also those whose file was removed: a late result must not bring it back. */
  readonly #byKey = new Map<string, Upload<M, B>>();
  /** The files of those that are over. Nothing else is kept of them: a result may have a long body. */
  readonly #over = new Map<string, string>();

  /** @param onEnd called with the result of a task */
  constructor(onEnd: OnEnd<M, B>) {
    this.#onEnd = onEnd;
  }

  all(): Iterable<Upload<M, B>> {
    return this.#byFile.values();
  }

  ofFile(fileId: string): Upload<M, B> | undefined {
    return this.#byFile.get(fileId);
  }

  /** Returns the upload that a task belongs to, unless it is over. */
  ofTask(taskId: string): Upload<M, B> | undefined {
    return this.#byKey.get(keyOf(taskId));
  }

  /** Returns the file of an upload that is over. */
  fileOf(taskId: string): string | undefined {
    return this.#over.get(keyOf(taskId));
  }

  add(fileId: string, stored: StoredFile<M, B>, task: BackgroundTask): Upload<M, B> {
    const upload = new Upload(fileId, stored, task);
    this.#byFile.set(fileId, upload);
    this.#byKey.set(keyOf(task.id), upload);
    this.follow(upload, task);
    return upload;
  }

  /** From now on this task does the upload. */
  follow(upload: Upload<M, B>, task: BackgroundTask, completed: Promise<TaskResult> = task.completed): void {
    upload.task = task;
    upload.told = completed.then(async (result) => {
      // The session is over, and the task goes on: the next session has another handle of it.
      if (result.error?.code === "session-invalidated") return;
      // A listener of the app's may throw: the result is told, nevertheless.
      await this.#onEnd(upload, task, result).catch((error) => reportError(error));
      if (upload.task === task && !this.isFollowed(upload)) this.#release(upload);
    });
  }

  /** Whether Uppy still has the file, and this task does its upload. */
  isFollowed(upload: Upload<M, B>, task: BackgroundTask = upload.task): boolean {
    return this.#byFile.get(upload.fileId) === upload && upload.task === task;
  }

  /** Its file is gone, or is uploaded anew. */
  remove(upload: Upload<M, B>): void {
    this.#byFile.delete(upload.fileId);
    upload.end();
    if (upload.failure !== undefined && upload.task.state === "completed") this.#release(upload);
  }

  #release(upload: Upload<M, B>): void {
    const key = keyOf(upload.task.id);
    this.#byKey.delete(key);
    this.#over.set(key, upload.fileId);
  }
}
