import type { BackgroundTask, SessionError } from "../src/app/index.ts";
import type { Outcome } from "./library/schema.ts";

/** Returns the outcome of a task that ended with `error` or without; `file` is what the library stored of it. */
export function outcomeOf(
  task: BackgroundTask,
  error: SessionError | undefined,
  file: File | undefined,
): Outcome {
  if (error !== undefined) return { kind: "failed", code: error.code, message: error.message };
  const { response } = task;
  if (response !== undefined && !response.ok) {
    return { kind: "refused", status: response.status, statusText: response.statusText };
  }
  if (file === undefined) {
    const message =
      "The download succeeded, but there was no room to keep the file. Remove others and try again.";
    return { kind: "failed", code: "storage-full", message };
  }
  return { kind: "file", fileName: file.name, type: file.type, sizeBytes: file.size };
}
