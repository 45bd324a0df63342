import type { Body, Meta, Uppy } from "@uppy/core";
import type { TaskSnapshot } from "../app/index.ts";
import { sentOf } from "./stored-file.ts";
import type { Upload } from "./upload.ts";

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
