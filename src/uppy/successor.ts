import type { Body, Meta } from "@uppy/core";
import type { BackgroundSession } from "../app/index.ts";
import type { Upload } from "./upload.ts";
import type { UploaderContext } from "./uploader-context.ts";

/** Makes the task that is to repeat a failed one, unless there is one. It is suspended. */
export function makeSuccessor<M extends Meta, B extends Body>(
  { uploads, name }: UploaderContext<M, B>,
  session: BackgroundSession,
  upload: Upload<M, B>,
): void {
  if (upload.task.state !== "completed") return;
  const stored = upload.storedAgain();
  const completion = { handler: name, context: stored };
  uploads.follow(upload, session.retry(upload.task, { id: stored.taskId, completion }));
}
