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

  /** @param onEnd called with the result of a task; must not reject */
  constructor(onEnd: OnEnd<M, B>) {
    this.#onEnd = onEnd;
  }

  all(): Iterable<Upload<M, B>> {
    return this.#byFile.values();
  }

  ofFile(fileId: string): Upload<M, B> | undefined {
    return this.#byFile.get(fileId);
  }

  /** Returns the upload that a task belongs to. */
  ofTask(taskId: string): Upload<M, B> | undefined {
    return this.#byKey.get(keyOf(taskId));
  }

  add(fileId: string, stored: StoredFile<M, B>, task: BackgroundTask): Upload<M, B> {
    const upload = new Upload(fileId, stored, task);
    this.#byFile.set(fileId, upload);
    this.#byKey.set(keyOf(task.id), upload);
    this.follow(upload, task);
    return upload;
  }

  /** From now on this task does the upload. */
  follow(upload: Upload<M, B>, task: BackgroundTask): void {
    upload.task = task;
    // A listener of the app's may throw: the result is told, nevertheless.
    upload.told = task.completed.then((result) => this.#onEnd(upload, task, result)).catch(reportError);
  }

  /** Whether Uppy still has the file, and this task does its upload. */
  isFollowed(upload: Upload<M, B>, task: BackgroundTask = upload.task): boolean {
    return this.#byFile.get(upload.fileId) === upload && upload.task === task;
  }

  /** Its file is gone, or is uploaded anew. */
  remove(upload: Upload<M, B>): void {
    this.#byFile.delete(upload.fileId);
    upload.end();
  }
}
