import type { Body, Meta, UppyFile } from "@uppy/core";
import type { BackgroundSession, BackgroundTask, TaskRequest } from "../app/index.ts";
import { bodyOf } from "./body-of.ts";
import { type StoredFile, storedFile } from "./stored-file.ts";
import { newTaskId } from "./upload.ts";
import { type BackgroundSessionUploaderOptions, taskOptionsOf } from "./uploader-options.ts";

/**
 * Makes the task that uploads a file.
 * @param name of the group and of the completion handler
 * @throws TypeError for what a task does not accept, and if the file is not on this device
 */
export function uploadTask<M extends Meta, B extends Body>(
  session: BackgroundSession,
  request: TaskRequest,
  file: UppyFile<M, B>,
  name: string,
  options: BackgroundSessionUploaderOptions<M, B>,
): [StoredFile<M, B>, BackgroundTask] {
  const stored = storedFile(file, newTaskId());
  const [body, beside] = bodyOf(file, options);
  const task = session.uploadTask(request, body, {
    ...taskOptionsOf(options),
    ...beside,
    id: stored.taskId,
    description: file.name,
    group: name,
    completion: { handler: name, context: stored },
  });
  return [stored, task];
}
