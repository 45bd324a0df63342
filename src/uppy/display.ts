import type { Body, Meta, Uppy } from "@uppy/core";
import type { BackgroundSession, BackgroundTask, TaskResult, TaskSnapshot } from "../app/index.ts";
import { type Answer, answerOf } from "./answer-of.ts";
import { sentOf } from "./stored-file.ts";
import { keyOf, type Upload } from "./upload.ts";
import type { BackgroundSessionUploaderOptions } from "./uploader-options.ts";

/** How an upload has ended. */
export interface End<B extends Body> {
  readonly failure?: Error | undefined;
  readonly answer?: Answer<B> | undefined;
}

/** Reads how an upload has ended: for Uppy, a response that is not 2xx is a failure. */
export async function endOf<M extends Meta, B extends Body>(
  { response, error }: TaskResult,
  task: BackgroundTask,
  session: BackgroundSession,
  options: BackgroundSessionUploaderOptions<M, B>,
): Promise<End<B>> {
  const refusal = response?.ok
    ? undefined
    : new Error(`The server's response has the status ${response?.status}.`);
  const failure = error ?? refusal;
  try {
    if (error?.code === "file-missing" && (await isSettled(task, session))) return { answer: { status: 0 } };
    return { failure, answer: response && (await answerOf(response, options)) };
  } catch (cause) {
    return { failure: failure ?? (cause as Error) };
  }
}

/**
 * Whether the row of a task is gone since another page has settled it while this page slept. If the server had refused
 * the file, there would be a task that is to repeat the upload.
 */
async function isSettled(task: BackgroundTask, session: BackgroundSession): Promise<boolean> {
  const isGone = !(await session.contextOf(task));
  return isGone && !session.tasks().some(({ id }) => keyOf(id) === keyOf(task.id));
}

/** Tells Uppy how far an unfinished task is. */
export function showTask<M extends Meta, B extends Body>(
  uppy: Uppy<M, B>,
  upload: Upload<M, B>,
  info: TaskSnapshot,
): void {
  const { fileId, shown, failure } = upload;
  const file = uppy.getFile(fileId);
  if (info === shown || file === undefined || info.state === "completed") return;
  upload.shown = info;
  const isPaused = info.state === "suspended";
  if (failure === undefined) {
    if (Boolean(file.isPaused) !== isPaused) uppy.setFileState(fileId, { isPaused });
    showProgress(uppy, fileId, sentOf(file.size, info.progress.fraction));
  } else if (!isPaused) {
    // Another page repeats it.
    uppy.retryUpload(fileId).catch((error) => uppy.log(error, "error"));
  }
}

/** Dashboard shows no buttons of a file until there is progress, of 0 bytes at least. */
export function showProgress<M extends Meta, B extends Body>(
  uppy: Uppy<M, B>,
  fileId: string,
  bytesUploaded: number,
): void {
  const file = uppy.getFile(fileId);
  const { progress } = file;
  if (progress.bytesUploaded === bytesUploaded && progress.percentage !== undefined) return;
  const uploadStarted = progress.uploadStarted ?? Date.now();
  uppy.emit("upload-progress", file, { uploadStarted, bytesUploaded, bytesTotal: file.size });
}
