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
  readonly #uploads: Uploads<M, B>;
  readonly #session: FollowedSession;
  readonly #runs: Runs<M, B>;
  #isInstalled = false;

  /** @throws TypeError if an option is missing */
  constructor(uppy: Uppy<M, B>, opts: BackgroundSessionUploaderOptions<M, B>) {
    super(uppy, opts);
    this.id = opts?.id ?? "BackgroundSessionUploader";
    this.type = "uploader";
    for (const name of ["session", "endpoint"] as const)
      if (!opts?.[name]) throw new TypeError(`${this.id} needs the option "${name}".`);
    const context = this.#context();
    const watch = new TaskWatch(context);
    this.#events = new EventManager(uppy);
    this.#runs = new Runs(context);
    this.#uploads = new Uploads((upload, task, result) => tellResult(context, upload, task, result));
    this.#session = new FollowedSession({
      given: opts.session,
      onSnapshot: (session, { tasks }) => watch.look(session, tasks),
      onOpen: (session) => session.addCompletionHandler(context.name, resultHandler(context, watch, session)),
      onOver: (identifier, error) => this.#onOver(identifier, error),
      onFailure: this.#log,
    });
  }

  #context(): UploaderContext<M, B> {
    const plugin = this;
    const { uppy } = plugin;
    return {
      uppy,
      name: `uppy:${uppy.getID()}`,
      restored: new RestoredRun(uppy),
      log: plugin.#log,
      get options() {
        return plugin.opts;
      },
      get session() {
        return plugin.#session;
      },
      get uploads() {
        return plugin.#uploads;
      },
      get isInstalled() {
        return plugin.#isInstalled;
      },
    };
  }

  override install(): void {
    this.#isInstalled = true;
    this.uppy.addUploader(this.#runs.run);
    this.#tellCapabilities();
    this.#events.on("upload-pause", (file, isPaused) => {
      const upload = this.#uploads.ofFile(file?.id ?? "");
      if (upload !== undefined) this.#pause(upload, isPaused);
    });
    this.#events.on("pause-all", () => {
      for (const upload of this.#uploads.all()) this.#pause(upload, true);
    });
    this.#events.on("resume-all", () => {
      // Uppy takes the errors away: what has failed is repeated.
      for (const upload of this.#uploads.all())
        if (upload.failure === undefined) this.#pause(upload, false);
        else this.uppy.retryUpload(upload.fileId).catch(this.#log);
    });
    this.#events.on("file-removed", (file) => this.#remove(this.#uploads.ofFile(file.id)));
    this.#session.start();
  }

  override uninstall(): void {
    this.#isInstalled = false;
    this.uppy.removeUploader(this.#runs.run);
    this.#tellCapabilities();
    this.#events.remove();
    this.#session.stop();
    for (const upload of this.#uploads.all()) this.#uploads.remove(upload);
  }

  /** Of an upload in one request, nothing is known until its end: Dashboard would show that it takes 0 s more. */
  #tellCapabilities(): void {
    const resumableUploads = this.#isInstalled;
    const uploadProgress = !resumableUploads || this.opts.protocol !== undefined;
    const { capabilities } = this.uppy.getState();
    this.uppy.setState({ capabilities: { ...capabilities, resumableUploads, uploadProgress } });
  }

  readonly #log = (error: unknown): void => this.uppy.log(error, "error");

  /** The user's wish cannot be met: the session is over, or the daemon does not answer. */
  readonly #refuse = (error: Error): void => {
    this.#log(error);
    this.uppy.info(error.message, "error", INFO_MS);
  };

  #pause(upload: Upload<M, B>, isPaused: boolean): void {
    upload.pause(isPaused).catch((error: Error) => {
      this.#refuse(error);
      // The upload goes on as it was.
      if (this.#uploads.isFollowed(upload)) this.uppy.setFileState(upload.fileId, { isPaused: !isPaused });
    });
  }

  #remove(upload: Upload<M, B> | undefined): void {
    if (upload === undefined) return;
    this.#uploads.remove(upload);
    // Uppy's destroy() removes all files before it uninstalls the plugin, in the same turn.
    queueMicrotask(() => {
      if (this.#isInstalled && upload.task.state !== "completed") upload.task.cancel().catch(this.#refuse);
    });
  }

  /** What is under way goes on without this page. That is no failure. */
  #onOver(identifier: string, error: Error | undefined): void {
    const why = error?.message ?? `The session "${identifier}" was closed.`;
    const message = `${why} The uploads go on; reload the page to see them.`;
    this.uppy.log(message, "warning");
    const isUnderWay = [...this.#uploads.all()].some(({ failure }) => failure === undefined);
    if (isUnderWay) this.uppy.info(message, "warning", INFO_MS);
  }
}
