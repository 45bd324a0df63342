import type { Body, Meta } from "@uppy/core";
import type { BackgroundSession, BackgroundTask, TaskResult } from "../app/index.ts";
import { type Answer, answerOf } from "./answer-of.ts";
import { wasCancelled } from "./cancelled-uploads.ts";
import { repeat } from "./display.ts";
import { keyOf, type Upload } from "./upload.ts";
import type { UploaderContext } from "./uploader-context.ts";

/** How an upload has ended; `"cancelled"` by another page, or by what else the app has. */
type End<B extends Body> =
  | "cancelled"
  | { readonly failure?: Error | undefined; readonly answer?: Answer<B> | undefined };

/** Tells Uppy how the task of an upload has ended. */
export async function tellResult<M extends Meta, B extends Body>(
  context: UploaderContext<M, B>,
  upload: Upload<M, B>,
  task: BackgroundTask,
  result: TaskResult,
): Promise<void> {
  const end = await endOf(result, task, context);
  const isKnown = end === "cancelled" || (end.failure ?? end.answer) !== undefined;
  if (isKnown && context.uploads.isFollowed(upload, task)) tell(context, upload, end);
}

export function tell<M extends Meta, B extends Body>(
  context: UploaderContext<M, B>,
  upload: Upload<M, B>,
  end: End<B>,
): void {
  const { uppy, uploads } = context;
  const { fileId } = upload;
  // Before the app's listeners are called, which may throw.
  upload.end();
  if (end === "cancelled") {
    uppy.removeFile(fileId);
    return;
  }
  const { failure, answer } = end;
  if (failure !== undefined) fail(context, fileId, failure, answer);
  else if (answer !== undefined) {
    // Uppy leaves a file its error. The task of another page may have ended before this one saw it run.
    if (upload.failure !== undefined) repeat(context, upload);
    // The same file may be added again later.
    uploads.remove(upload);
    uppy.emit("upload-success", uppy.getFile(fileId), answer);
  }
}

export function fail<M extends Meta, B extends Body>(
  { uppy, uploads, isInstalled }: UploaderContext<M, B>,
  fileId: string,
  failure: Error,
  answer?: Answer<B>,
): void {
  const upload = uploads.ofFile(fileId);
  const file = uppy.getFile(fileId);
  if (upload !== undefined) upload.failure = failure;
  // That a task could not be resumed is of no interest after its success.
  if (isInstalled && file?.progress.uploadComplete === false)
    uppy.emit("upload-error", file, failure, answer);
}

/** Reads how an upload has ended: for Uppy, a response that is not 2xx is a failure. */
async function endOf<M extends Meta, B extends Body>(
  { response, error }: TaskResult,
  task: BackgroundTask,
  { session, plugin, name }: UploaderContext<M, B>,
): Promise<End<B>> {
  if (error?.code === "cancelled") return "cancelled";
  const refusal =
    response && !response.ok
      ? new Error(`The server's response has the status ${response.status}.`)
      : undefined;
  const failure = error ?? refusal;
  try {
    const isGone = error === undefined ? response === undefined : error.code === "file-missing";
    if (isGone && (await isSettled(task, await session.get())))
      return wasCancelled(name, task.id) ? "cancelled" : { answer: { status: 0 } };
    return { failure, answer: response && (await answerOf(response, plugin.opts)) };
  } catch (cause) {
    // Without a response nothing is known, and the next session tells.
    return { failure: failure ?? (response && (cause as Error)) };
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
