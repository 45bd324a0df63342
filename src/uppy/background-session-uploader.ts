import { BasePlugin, type Body, EventManager, type Meta, type Uppy } from "@uppy/core";
import { tellResult } from "./ending.ts";
import { FollowedSession } from "./followed-session.ts";
import { RestoredRun } from "./restored-run.ts";
import { resultHandler } from "./result-handler.ts";
import { Runs } from "./runs.ts";
import { TaskWatch } from "./task-watch.ts";
import type { Upload } from "./upload.ts";
import type { UploaderContext } from "./uploader-context.ts";
import type { BackgroundSessionUploaderOptions } from "./uploader-options.ts";
import { Uploads } from "./uploads.ts";

/** How long Uppy shows a message of ours. */
const INFO_MS = 10_000;

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
  readonly #context: UploaderContext<M, B>;
  readonly #run: Uploader;

  /** Called by `uppy.use()`. @throws TypeError if an option is missing */
  constructor(uppy: Uppy<M, B>, opts: BackgroundSessionUploaderOptions<M, B>) {
    super(uppy, opts);
    this.id = opts?.id ?? "BackgroundSessionUploader";
    this.type = "uploader";
    for (const name of ["session", "endpoint"] as const)
      if (!opts?.[name]) throw new TypeError(`${this.id} needs the option "${name}".`);
    const context: UploaderContext<M, B> = {
      uppy,
      plugin: this,
      name: `uppy:${uppy.getID()}`,
      session: new FollowedSession({
        given: opts.session,
        onSnapshot: (session, { tasks }) => watch.look(session, tasks),
        onOpen: (session) =>
          session.addCompletionHandler(context.name, resultHandler(context, watch, session)),
        onLost: ({ message }) => this.#onLost(message),
      }),
      uploads: new Uploads((upload, task, result) => tellResult(context, upload, task, result)),
      restored: new RestoredRun(uppy),
      isInstalled: false,
      log: (error) => uppy.log(error, "error"),
    };
    const watch = new TaskWatch(context);
    this.#events = new EventManager(uppy);
    this.#context = context;
    this.#run = new Runs(context).run;
  }

  /** Called by Uppy. */
  override install(): void {
    const { uppy, uploads, session, restored, log } = this.#context;
    this.#setInstalled(true);
    uppy.addUploader(this.#run);
    this.#events.on("upload-pause", (file, isPaused) => {
      const upload = uploads.ofFile(file?.id ?? "");
      if (upload !== undefined) this.#pause(upload, isPaused);
    });
    this.#events.on("pause-all", () => {
      for (const upload of uploads.all()) this.#pause(upload, true);
    });
    this.#events.on("resume-all", () => {
      // Uppy takes the errors away: what has failed is repeated.
      for (const upload of uploads.all())
        if (upload.failure === undefined) this.#pause(upload, false);
        else uppy.retryUpload(upload.fileId).catch(log);
    });
    this.#events.on("file-removed", (file) => {
      this.#remove(uploads.ofFile(file.id));
      restored.keep();
    });
    session.start();
  }

  /** Called by Uppy. */
  override uninstall(): void {
    const { uppy, uploads, session } = this.#context;
    this.#setInstalled(false);
    uppy.removeUploader(this.#run);
    this.#events.remove();
    session.stop();
    for (const upload of uploads.all()) uploads.remove(upload);
  }

  #setInstalled(isInstalled: boolean): void {
    this.#context.isInstalled = isInstalled;
    const { capabilities } = this.uppy.getState();
    // Nothing is known of an upload in one request until its end: Dashboard would show that it takes 0 s more.
    const uploadProgress = !isInstalled || this.opts.protocol !== undefined;
    this.uppy.setState({ capabilities: { ...capabilities, resumableUploads: isInstalled, uploadProgress } });
  }

  #pause(upload: Upload<M, B>, isPaused: boolean): void {
    upload.pause(isPaused).catch((error: Error) => {
      this.#say(error.message);
      // The upload goes on as it was.
      if (this.#context.uploads.isFollowed(upload))
        this.uppy.setFileState(upload.fileId, { isPaused: !isPaused });
    });
  }

  #remove(upload: Upload<M, B> | undefined): void {
    if (upload === undefined) return;
    this.#context.uploads.remove(upload);
    // Uppy's destroy() removes all files before it uninstalls the plugin, in the same turn.
    queueMicrotask(() => {
      if (this.#context.isInstalled && upload.task.state !== "completed")
        upload.task.cancel().catch(({ message }) => this.#say(message));
    });
  }

  /** What is under way goes on without this page. That is no failure. */
  #onLost(why: string): void {
    const { uploads, log } = this.#context;
    const isUnderWay = [...uploads.all()].some(({ failure }) => failure === undefined);
    if (isUnderWay) this.#say(`${why} The uploads go on; reload the page to see them.`);
    else log(why);
  }

  /** Tells the user what a failed upload would not tell. */
  #say(message: string): void {
    this.#context.log(message);
    this.uppy.info(message, "warning", INFO_MS);
  }
}

type Uploader = Parameters<Uppy["addUploader"]>[0];
