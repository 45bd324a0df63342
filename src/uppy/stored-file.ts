import type { Body, Meta, UppyFile } from "@uppy/core";
import type { BackgroundTask } from "../app/index.ts";

/** What is stored with a task of its file, as the context of the task: without it the next page could not show the file. */
export interface StoredFile<M extends Meta, B extends Body>
  extends Pick<UppyFile<M, B>, "id" | "name" | "extension" | "type" | "size" | "meta"> {
  readonly source: string | undefined;
  readonly taskId: string;
  /** Why the upload failed that this task is to repeat. */
  readonly failure: string | undefined;
}

export function storedFile<M extends Meta, B extends Body>(
  file: UppyFile<M, B>,
  taskId: string,
): StoredFile<M, B> {
  const { id, name, extension, type, size, meta, source } = file;
  return { id, name, extension, type, size, meta, source, taskId, failure: undefined };
}

/** Whether the context is ours: the app may use the same group. */
export function isStoredFile(context: unknown): boolean {
  return typeof context === "object" && context !== null && "taskId" in context && "meta" in context;
}

/** Returns the file as Uppy knows it, as far as its task is. */
export function restoredFile<M extends Meta, B extends Body>(
  { name, extension, type, size, meta, source = "", failure }: StoredFile<M, B>,
  id: string,
  task: BackgroundTask,
): UppyFile<M, B> {
  return {
    ...{ id, name, extension, type, size, meta, source },
    // The bytes are with the task. Dashboard throws if an image has no data at all.
    data: new Blob(),
    isRemote: false,
    isGhost: false,
    isRestored: true,
    isPaused: task.state === "suspended" && failure === undefined,
    progress: {
      uploadStarted: task.createdAt.getTime(),
      uploadComplete: false,
      bytesTotal: size,
      bytesUploaded: task.state === "completed" ? 0 : sentOf(size, task.progress.fraction),
    },
  };
}

/** How much of the file a fraction of its body is: a form is longer than its file. */
export function sentOf(size: number | null, fraction: number | undefined): number {
  return Math.round((size ?? 0) * (fraction ?? 0));
}
