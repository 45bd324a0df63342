import type { Body, Meta } from "@uppy/core";
import type { TaskSnapshot } from "../app/index.ts";
import { sentOf } from "./stored-file.ts";
import type { Upload } from "./upload.ts";
import type { UploaderContext } from "./uploader-context.ts";

/** Tells Uppy how far an unfinished task is. */
export function showTask<M extends Meta, B extends Body>(
  context: UploaderContext<M, B>,
  upload: Upload<M, B>,
  info: TaskSnapshot,
): void {
  const { uppy } = context;
  const { fileId, shown, failure } = upload;
  const file = uppy.getFile(fileId);
  if (info === shown || file === undefined || info.state === "completed") return;
  upload.shown = info;
  const isPaused = info.state === "suspended";
  if (failure === undefined) {
    if (Boolean(file.isPaused) !== isPaused) uppy.setFileState(fileId, { isPaused });
    showProgress(context, fileId, sentOf(file.size, info.progress.fraction));
  } else if (!isPaused) repeat(context, upload);
}

/** Another page repeats a failed upload: Uppy does so, too, and shows no error any more. */
export function repeat<M extends Meta, B extends Body>(
  { uppy, log }: UploaderContext<M, B>,
  upload: Upload<M, B>,
): void {
  upload.begin();
  // A listener of the app's may throw.
  const run = async () => uppy.retryUpload(upload.fileId);
  run().catch(log);
}

/** Dashboard shows no buttons of a file until there is progress, of 0 bytes at least. */
export function showProgress<M extends Meta, B extends Body>(
  { uppy, restored }: UploaderContext<M, B>,
  fileId: string,
  sent?: number,
): void {
  const file = uppy.getFile(fileId);
  const { progress } = file;
  const bytesUploaded = sent ?? (progress.bytesUploaded || 0);
  if (progress.bytesUploaded === bytesUploaded && progress.percentage !== undefined) return;
  const uploadStarted = progress.uploadStarted ?? Date.now();
  uppy.emit("upload-progress", file, { uploadStarted, bytesUploaded, bytesTotal: file.size });
  if (file.isRestored && progress.percentage !== undefined) restored.moved();
}
