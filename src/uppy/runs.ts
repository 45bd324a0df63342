import type { Body, Meta, UppyFile } from "@uppy/core";
import { filterFilesToEmitUploadStarted, filterFilesToUpload } from "@uppy/core/utils";
import type { BackgroundSession } from "../app/index.ts";
import { showProgress } from "./display.ts";
import { fail } from "./ending.ts";
import { makeSuccessor } from "./successor.ts";
import { uploadTask } from "./upload-task.ts";
import type { UploaderContext } from "./uploader-context.ts";

/** What Uppy calls to upload files: with those that it was told to upload, and with those that earlier pages began. */
export class Runs<M extends Meta, B extends Body> {
  readonly #context: UploaderContext<M, B>;

  constructor(context: UploaderContext<M, B>) {
    this.#context = context;
  }

  /** Uppy's uploader. It never rejects: that would end the upload of all files. */
  readonly run = async (fileIds: string[], run: string): Promise<void> => {
    const { uppy, restored } = this.#context;
    const files = filterFilesToUpload(uppy.getFilesByIds(fileIds));
    const starting = filterFilesToEmitUploadStarted(files);
    if (starting.length > 0) uppy.emit("upload-start", starting);
    for (const { id } of files) showProgress(this.#context, id);
    for (let ids = restored.is(run) ? restored.take() : files.map(({ id }) => id); ids.length > 0; ) {
      await Promise.all(ids.map((id) => this.#upload(id).catch((error) => fail(this.#context, id, error))));
      ids = restored.is(run) ? await restored.more() : [];
    }
  };

  /** Begins or repeats the upload of a file. Fulfils when it has ended, as far as this page is concerned. */
  async #upload(fileId: string): Promise<void> {
    const { uppy, uploads } = this.#context;
    const session = await this.#context.session.get();
    const file = uppy.getFile(fileId);
    if (!this.#context.isInstalled || file === undefined || filterFilesToUpload([file]).length === 0) return;
    const upload = uploads.ofFile(fileId);
    if (upload === undefined) return this.#begin(session, file);
    if (upload.failure === undefined) return upload.ended;
    if (!upload.canRepeat && !file.isRestored) return this.#begin(session, file);
    makeSuccessor(this.#context, session, upload);
    const ended = upload.begin();
    await upload.resume();
    return ended;
  }

  /** Makes the task of a file. */
  async #begin(session: BackgroundSession, { id }: UppyFile<M, B>): Promise<void> {
    const { uppy, uploads, name, plugin } = this.#context;
    const { endpoint } = plugin.opts;
    const request = typeof endpoint === "function" ? await endpoint(uppy.getFile(id)) : endpoint;
    const file = uppy.getFile(id);
    if (file === undefined || !this.#context.isInstalled) return;
    const [stored, task] = uploadTask(session, request, file, name, plugin.opts);
    const { ended } = uploads.add(id, stored, task);
    // Why it could not be stored is also in the result.
    if (!file.isPaused) task.resume().catch(() => {});
    return ended;
  }
}
