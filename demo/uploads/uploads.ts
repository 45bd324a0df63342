import { BackgroundSession, type SessionError } from "../../src/app/index.ts";
import type { LibraryEntry } from "../library/schema.ts";
import { registerWorker, WORKER_SCRIPT } from "../register-worker.ts";
import { UPLOADS } from "../sessions.ts";
import { Transfers } from "../transfers.ts";
import { type UploadWay, uploadTarget } from "./upload-target.ts";

export interface UploadsEvents {
  /** `earlier()` may have changed. */
  onChange(): void;
  onInvalid(error: SessionError): void;
}

/** The app's uploads. The library has the server's answers. */
export class Uploads extends Transfers {
  readonly #events: UploadsEvents;

  constructor(events: UploadsEvents) {
    super(UPLOADS.openLibrary(), () => events.onChange());
    this.#events = events;
  }

  /** Opens the session. @throws SessionError as `BackgroundSession.open` does */
  async connect(signal: AbortSignal): Promise<BackgroundSession> {
    const registration = await registerWorker();
    const session = await BackgroundSession.open(UPLOADS.identifier, {
      delegate: {
        ...UPLOADS.delegateFor(this.library, "page"),
        didBecomeInvalid: (_session, error) => error && this.#events.onInvalid(error),
      },
      signal,
      serviceWorker: registration ?? WORKER_SCRIPT,
    });
    this.follow(session);
    return session;
  }

  /** Starts an upload; without a network it waits for one. @throws TypeError if the page is not ready */
  start(file: File, way: UploadWay, isSlow: boolean): void {
    // If storing it fails, because the file is gone for example, `didComplete` gets the error.
    void this.session
      .uploadTask(uploadTarget(way, isSlow), file, {
        description: file.name,
        ...(way !== "request" && { protocol: way }),
      })
      .resume();
  }

  /** Resumes a failed upload from the server's offset, in place of the old one. */
  async retry({ id, name, resumeData }: LibraryEntry): Promise<void> {
    if (resumeData === undefined) return;
    void this.session.uploadTask({ resumeData }, { description: name }).resume();
    await this.remove([id]);
  }
}
