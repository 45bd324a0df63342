import type { Body, Meta } from "@uppy/core";
import type { BackgroundSession, CompletionHandler } from "../app/index.ts";
import { noteCancelled } from "./cancelled-uploads.ts";
import { endedTask } from "./ended-task.ts";
import { restoredFile, type StoredFile } from "./stored-file.ts";
import { makeSuccessor } from "./successor.ts";
import type { TaskWatch } from "./task-watch.ts";
import type { UploaderContext } from "./uploader-context.ts";

/** Returns the completion handler of the tasks: a result stays on disk until Uppy and the app were told. */
export function resultHandler<M extends Meta, B extends Body>(
  context: UploaderContext<M, B>,
  watch: TaskWatch<M, B>,
  session: BackgroundSession,
): CompletionHandler<StoredFile<M, B>> {
  const { uppy, uploads, name } = context;
  return async (result, stored, event) => {
    const { taskId } = stored;
    if (result.error?.code === "cancelled") return noteCancelled(name, taskId);
    const task = endedTask(session.group(name), taskId, result);
    watch.adopt([[task, stored]]);
    const upload = uploads.ofTask(taskId);
    // It ended while the page had no session: its handle is of the one before.
    if (upload?.task.id === taskId && upload.task.state !== "completed") uploads.follow(upload, task);
    await upload?.told;
    if (!context.isInstalled) throw new Error("This Uppy was destroyed.");
    const fileId = upload?.fileId ?? uploads.fileOf(taskId) ?? stored.id;
    const file = uppy.getFile(fileId) ?? restoredFile(stored, fileId, task);
    if (upload?.failure !== undefined && uploads.isFollowed(upload) && upload.canRepeat) {
      // The body of an upload goes with its result, unless a task that waits for the user's retry is on disk.
      makeSuccessor(context, session, upload);
      await session.contextOf(upload.task);
    }
    await context.plugin.opts.completion?.(file, result, event);
  };
}
