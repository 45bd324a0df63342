import { BackgroundSession, type SessionDelegate, type SessionError } from "../../src/app/index.ts";
import { newDownloadId } from "../download-id.ts";
import { registerWorker, WORKER_SCRIPT } from "../register-worker.ts";
import { UPLOADS } from "../sessions.ts";
import { Transfers } from "../transfers.ts";
import { type UploadWay, uploadTarget } from "./upload-target.ts";

export interface UploadsEvents {
  /** The upload with that id was added, changed or removed. */
  onChange(id: string): void;
  onInvalid(error: SessionError): void;
}

/** The app's uploads: unfinished ones from the session, and ended ones with the server's answers. */
export class Uploads extends Transfers {
  readonly #events: UploadsEvents;
  #session: BackgroundSession | undefined;

  constructor(events: UploadsEvents) {
    super(UPLOADS.openLibrary(), (id) => events.onChange(id));
    this.#events = events;
  }

  /** Opens the session. @throws SessionError as `BackgroundSession.open` does */
  async connect(signal: AbortSignal): Promise<void> {
    await this.load();
    const registration = await registerWorker();
    const session = await BackgroundSession.open(UPLOADS.identifier, {
      delegate: this.#delegate(),
      signal,
      serviceWorker: registration ?? WORKER_SCRIPT,
    });
    this.#session = session;
    for (const task of session.tasks()) this.show(task);
  }

  /** Starts an upload; without a network it waits for one. @returns its id */
  start(file: File, way: UploadWay, isSlow: boolean): string {
    const task = this.#openSession().uploadTask(uploadTarget(way, isSlow), file, {
      id: newDownloadId(),
      description: file.name,
      ...(way !== "request" && { protocol: way }),
    });
    // If storing it fails, because the file is gone for example, `didComplete` gets the error.
    void task.resume();
    this.show(task);
    return task.id;
  }

  /** Resumes a failed upload, in place of the old one, from the server's offset. @returns its new id */
  async retry(id: string): Promise<string | undefined> {
    const upload = this.get(id);
    const resumeData = upload?.kind === "entry" ? upload.entry.resumeData : undefined;
    if (upload?.kind !== "entry" || resumeData === undefined) return undefined;
    const options = { id: newDownloadId(), description: upload.entry.name };
    const task = this.#openSession().uploadTask({ resumeData }, options);
    void task.resume();
    this.show(task);
    await this.remove(id);
    return task.id;
  }

  /** Releases everything; transfers go on without this page. */
  override async close(): Promise<void> {
    await this.#session?.close();
    await super.close();
  }

  #delegate(): SessionDelegate {
    return {
      didChangeTask: (task) => this.show(task),
      didSendBodyData: (task) => this.show(task),
      ...UPLOADS.delegateFor(this.library),
      didBecomeInvalid: (_session, error) => error && this.#events.onInvalid(error),
    };
  }

  #openSession(): BackgroundSession {
    if (this.#session === undefined)
      throw new TypeError("The uploads are not ready yet; try again in a moment.");
    return this.#session;
  }
}
