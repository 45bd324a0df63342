import type { Body, Meta, PluginOpts, UppyFile } from "@uppy/core";
import type { BackgroundSession, EventInfo, TaskRequest, TaskResult, UploadOptions } from "../app/index.ts";

/** The options of `uppy.use(BackgroundSessionUploader, options)`: its own, and those of an upload task. */
export interface BackgroundSessionUploaderOptions<M extends Meta, B extends Body>
  extends PluginOpts,
    Omit<
      UploadOptions,
      "id" | "onDuplicate" | "description" | "group" | "completion" | "metadata" | "after" | "signal"
    > {
  /**
   * The session that uploads. Its name will do if the page has a worker that runs the daemon: the session is then opened
   * with the stored configuration, unless it is open, and stays open as long as the page.
   */
  session: BackgroundSession | Promise<BackgroundSession> | string;
  /**
   * Where a file goes: a URL, or `{ url, method, headers }` and what else a task accepts; or a function that returns it.
   * The method is POST unless this says PUT or PATCH. The function is called once for each file, before the file is
   * stored; a signed URL may have expired when the file is sent, so sign in the worker's `willSend` if you can.
   */
  endpoint: TaskRequest | ((file: UppyFile<M, B>) => TaskRequest | Promise<TaskRequest>);
  /**
   * The fields of `file.meta` that are sent: as `Upload-Metadata` with `protocol: "tus"`, and with `formData`. With `"s3"`
   * `sign` gets them in `task.metadata`, and your own protocol in `upload.metadata`. True sends all of them.
   * @default true
   */
  allowedMetaFields?: boolean | string[];
  /** Sends a form with the meta fields and the file, instead of the file alone. @default false */
  formData?: boolean;
  /** The name of the file in that form. @default "file" */
  fieldName?: string;
  /**
   * Returns `response.body` of the file from the server's response.
   * @default what is JSON in it, else undefined; with `protocol: "s3"`, `{ location }`, the URL of the object
   */
  getResponseData?: (response: Response) => B | Promise<B>;
  /**
   * Called with the result of each upload that was not cancelled, in the page that owns the session, after
   * `upload-success` or `upload-error`. The result stays on disk until the promise that this returns has fulfilled: if the
   * page dies before, all of them come again with the same `eventId`.
   */
  completion?: (file: UppyFile<M, B>, result: TaskResult, event: EventInfo) => unknown;
}

/** Returns the options that are those of a task. */
export function taskOptionsOf<M extends Meta, B extends Body>(
  options: BackgroundSessionUploaderOptions<M, B>,
): UploadOptions {
  const { id, locale, session, endpoint, allowedMetaFields, formData, fieldName, ...rest } = options;
  const { getResponseData, completion, ...task } = rest;
  return task;
}
