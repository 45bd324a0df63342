import { BasePlugin, type Body, EventManager, type Meta, type Uppy, type UppyFile } from "@uppy/core";
import { filterFilesToEmitUploadStarted, filterFilesToUpload } from "@uppy/core/utils";
import type { BackgroundSession, BackgroundTask, CompletionHandler, TaskSnapshot } from "../app/index.ts";
import { type End, endOf, showProgress, showTask } from "./display.ts";
import { endedTask } from "./ended-task.ts";
import { RestoredRun } from "./restored-run.ts";
import { sessionOf } from "./session-of.ts";
import { isStoredFile, restoredFile, type StoredFile } from "./stored-file.ts";
import type { Upload } from "./upload.ts";
import { uploadTask } from "./upload-task.ts";
import type { BackgroundSessionUploaderOptions } from "./uploader-options.ts";
import { Uploads } from "./uploads.ts";

/**
 * Uploads the files of an Uppy instance as tasks of a background session. They go on if the page reloads, crashes or
 * closes, and the next page in which an Uppy of the same `id` has this plugin shows them where they are. Give each of your
 * Uppy instances an `id` of its own. `uppy.destroy()` lets go of the uploads; `uppy.cancelAll()` and `removeFile()` cancel
 * them.
 *
 * @example
 * new Uppy({ id: "photos" })
 *   .use(Dashboard, { inline: true, target: "#photos" })
 *   .use(BackgroundSessionUploader, { session, endpoint: "/photos", protocol: "tus" });
 */
export class BackgroundSessionUploader<M extends Meta, B extends Body> extends BasePlugin<
  BackgroundSessionUploaderOptions<M, B>,
  M,
  B
> {
  readonly #events: EventManager<M, B>;
  readonly #restored: RestoredRun<M, B>;
  readonly #uploads: Uploads<M, B>;
  /** The ids of the tasks whose context was read, or is being read. */
  readonly #read = new Set<string>();
  readonly #stops: (() => void)[] = [];
  #session: Promise<BackgroundSession> | undefined;
  #isInstalled = false;

  /** @throws TypeError if an option is missing */
  constructor(uppy: Uppy<M, B>, opts: BackgroundSessionUploaderOptions<M, B>) {
    super(uppy, opts);
    this.id = opts?.id ?? "BackgroundSessionUploader";
    this.type = "uploader";
    for (const name of ["session", "endpoint"] as const)
      if (!opts?.[name]) throw new TypeError(`${this.id} needs the option "${name}".`);
    this.#events = new EventManager(uppy);
    this.#restored = new RestoredRun(uppy);
    this.#uploads = new Uploads(async (upload, task, result) => {
      const end = await endOf(result, task, await this.#open(), this.opts);
      if (!this.#uploads.isFollowed(upload, task)) return;
      // By another page, or by what else the app has.
      if (result.error?.code === "cancelled") this.uppy.removeFile(upload.fileId);
      else this.#tell(upload, end);
    });
  }

  override install(): void {
    this.#isInstalled = true;
    this.uppy.addUploader(this.#run);
    this.#setResumable(true);
    const pauseAll = (isPaused: boolean): void => {
      for (const upload of this.#uploads.all()) upload.pause(isPaused).catch(this.#log);
    };
    this.#events.on("upload-pause", (file, isPaused) => {
      this.#uploads
        .ofFile(file?.id ?? "")
        ?.pause(isPaused)
        .catch(this.#log);
    });
    this.#events.on("pause-all", () => pauseAll(true));
    this.#events.on("resume-all", () => pauseAll(false));
    this.#events.on("file-removed", (file) => this.#remove(this.#uploads.ofFile(file.id)));
    this.#open().catch(() => {});
  }

  override uninstall(): void {
    this.#isInstalled = false;
    this.uppy.removeUploader(this.#run);
    this.#setResumable(false);
    this.#events.remove();
    for (const stop of this.#stops.splice(0)) stop();
    for (const upload of this.#uploads.all()) this.#uploads.remove(upload);
  }

  #setResumable(resumableUploads: boolean): void {
    this.uppy.setState({ capabilities: { ...this.uppy.getState().capabilities, resumableUploads } });
  }

  /** The group of the tasks, and the name of their completion handler. */
  get #name(): string {
    return `uppy:${this.uppy.getID()}`;
  }

  readonly #log = (error: unknown): void => this.uppy.log(error, "error");

  /** Returns the session. If it could not be opened, a retry opens it again. */
  #open(): Promise<BackgroundSession> {
    if (this.#session === undefined) {
      this.#session = sessionOf(this.opts.session);
      this.#session.then(
        (session) => this.#attach(session),
        (error) => {
          this.#session = undefined;
          this.#log(error);
        },
      );
    }
    return this.#session;
  }

  #attach(session: BackgroundSession): void {
    if (!this.#isInstalled) return;
    const group = session.group(this.#name);
    const onResult: CompletionHandler<StoredFile<M, B>> = async (result, stored, event) => {
      if (result.error?.code === "cancelled") return;
      const { taskId } = stored;
      const isKnown = this.#uploads.ofTask(taskId) !== undefined;
      if (!isKnown) this.#adopt([[endedTask(group, taskId, result), stored]]);
      const upload = this.#uploads.ofTask(taskId) as Upload<M, B>;
      await upload.told;
      if (!this.#isInstalled) throw new Error("This Uppy was destroyed.");
      const file = this.uppy.getFile(upload.fileId) ?? restoredFile(stored, stored.id, upload.task);
      if (upload.failure !== undefined && this.#uploads.isFollowed(upload) && upload.canRepeat) {
        // The body of an upload goes with its result, unless a task that waits for the user's retry is on disk.
        this.#makeSuccessor(session, upload);
        await session.contextOf(upload.task);
      }
      await this.opts.completion?.(file, result, event);
    };
    this.#stops.push(
      group.subscribe(({ tasks }) => void this.#look(session, tasks).catch(this.#log)),
      session.addCompletionHandler(this.#name, onResult),
    );
  }

  /** Uppy's uploader. It never rejects: that would end the upload of all files. */
  readonly #run = async (fileIds: string[], run: string): Promise<void> => {
    const files = filterFilesToUpload(this.uppy.getFilesByIds(fileIds));
    const starting = filterFilesToEmitUploadStarted(files);
    if (starting.length > 0) this.uppy.emit("upload-start", starting);
    for (const { id, progress } of files) showProgress(this.uppy, id, progress.bytesUploaded || 0);
    const known = new Set(fileIds);
    for (let ids = files.map(({ id }) => id); ids.length > 0; ) {
      await Promise.all(ids.map((id) => this.#upload(id, run).catch((error) => this.#fail(id, error))));
      ids = this.#restored.is(run) ? await this.#restored.more(known) : [];
      for (const id of ids) known.add(id);
    }
  };

  /** Begins or repeats the upload of a file. Fulfils when it has ended, as far as this page is concerned. */
  async #upload(fileId: string, run: string): Promise<void> {
    const session = await this.#open();
    const file = this.uppy.getFile(fileId);
    if (!this.#isInstalled || file === undefined || file.progress.uploadComplete) return;
    const upload = this.#uploads.ofFile(fileId);
    if (upload === undefined) return this.#begin(session, file, run);
    if (this.#restored.is(run) || upload.failure === undefined) return upload.ended;
    if (!upload.canRepeat && !file.isRestored) return this.#begin(session, file, run);
    this.#makeSuccessor(session, upload);
    const ended = upload.begin();
    await upload.resume();
    return ended;
  }

  /** Makes the task of a file. */
  async #begin(session: BackgroundSession, { id }: UppyFile<M, B>, run: string): Promise<void> {
    const { endpoint } = this.opts;
    const request = typeof endpoint === "function" ? await endpoint(this.uppy.getFile(id)) : endpoint;
    const file = this.uppy.getFile(id);
    if (file === undefined || !this.#isInstalled) return;
    const { step = 0 } = this.uppy.getState().currentUploads[run] ?? {};
    const [stored, task] = uploadTask(session, request, file, step, this.#name, this.opts);
    const { ended } = this.#uploads.add(id, stored, task);
    // Why it could not be stored is also in the result.
    if (!file.isPaused) task.resume().catch(() => {});
    return ended;
  }

  /** Makes the task that is to repeat a failed one, unless there is one. It is suspended. */
  #makeSuccessor(session: BackgroundSession, upload: Upload<M, B>): void {
    if (upload.task.state !== "completed") return;
    const stored = upload.storedAgain();
    const completion = { handler: this.#name, context: stored };
    this.#uploads.follow(upload, session.retry(upload.task, { id: stored.taskId, completion }));
  }

  #tell(upload: Upload<M, B>, { failure, answer }: End<B>): void {
    const { fileId } = upload;
    // Before the app's listeners are called, which may throw.
    upload.end();
    if (failure !== undefined) this.#fail(fileId, failure, answer);
    else if (answer !== undefined) {
      // The same file may be added again later.
      this.#uploads.remove(upload);
      this.uppy.emit("upload-success", this.uppy.getFile(fileId), answer);
    }
  }

  #fail(fileId: string, failure: Error, answer?: End<B>["answer"]): void {
    const upload = this.#uploads.ofFile(fileId);
    if (upload !== undefined) upload.failure = failure;
    if (this.#isInstalled) this.uppy.emit("upload-error", this.uppy.getFile(fileId), failure, answer);
  }

  /** Brings Uppy up to date with the tasks, and takes up those that it does not know. */
  async #look(session: BackgroundSession, tasks: readonly TaskSnapshot[]): Promise<void> {
    const unknown: BackgroundTask[] = [];
    for (const info of tasks) {
      const upload = this.#uploads.ofTask(info.id);
      if (upload?.task.id !== info.id && !this.#read.has(info.id)) unknown.push(info.task);
      else if (upload !== undefined && this.#uploads.isFollowed(upload)) showTask(this.uppy, upload, info);
    }
    for (const { id } of unknown) this.#read.add(id);
    const read = async (task: BackgroundTask) =>
      [task, await session.contextOf(task).catch(() => void this.#read.delete(task.id))] as const;
    const found = (await Promise.all(unknown.map(read))) as (readonly [BackgroundTask, StoredFile<M, B>])[];
    if (this.#isInstalled) this.#adopt(found.filter(([, stored]) => isStoredFile(stored)));
  }

  /** Takes up what another page has made. */
  #adopt(found: readonly (readonly [BackgroundTask, StoredFile<M, B>])[]): void {
    const files: Record<string, UppyFile<M, B>> = {};
    const adopted: Upload<M, B>[] = [];
    for (const [task, stored] of found) {
      const known = this.#uploads.ofTask(task.id);
      if (known?.isRepeatedBy(task.id)) this.#uploads.follow(known, task);
      if (known !== undefined) continue;
      const isTaken = this.uppy.getFile(stored.id) !== undefined || stored.id in files;
      const id = isTaken ? `${stored.id}-${task.id}` : stored.id;
      files[id] = restoredFile(stored, id, task);
      adopted.push(this.#uploads.add(id, stored, task));
    }
    if (adopted.length === 0) return;
    this.#restored.add(files, adopted[0]?.stored.step ?? 0);
    for (const upload of adopted) {
      const { failure } = upload.stored;
      const { info } = upload.task;
      if (failure !== undefined && info.state === "suspended" && info.attempts === 0)
        this.#tell(upload, { failure: new Error(failure) });
      else showTask(this.uppy, upload, info);
    }
  }

  #remove(upload: Upload<M, B> | undefined): void {
    if (upload === undefined) return;
    this.#uploads.remove(upload);
    // Uppy's destroy() removes all files before it uninstalls the plugin, in the same turn.
    queueMicrotask(() => {
      if (this.#isInstalled && upload.task.state !== "completed") upload.task.cancel().catch(this.#log);
    });
  }
}
