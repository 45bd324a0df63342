import { BackgroundSession, type SessionDelegate, type SessionError } from "../src/app/index.ts";
import { LaunchLog } from "./launch-log.ts";
import type { LibraryEntry } from "./library/schema.ts";
import type { Timeline } from "./library/timeline.ts";
import { logStanding } from "./notification-log.ts";
import { downloadNotification } from "./notification-preference.ts";
import { registerWorker, WORKER_SCRIPT } from "./register-worker.ts";
import { DOWNLOADS } from "./sessions.ts";
import { Transfers } from "./transfers.ts";

export interface DownloadsEvents {
  /** `earlier()` may have changed. */
  onChange(): void;
  onRole(role: BackgroundSession["role"]): void;
  onInvalid(error: SessionError): void;
}

/** The app's downloads. */
export class Downloads extends Transfers {
  readonly #events: DownloadsEvents;
  readonly #timeline: Promise<Timeline>;
  readonly #log: LaunchLog;

  constructor(events: DownloadsEvents, timeline: Promise<Timeline>) {
    super(DOWNLOADS.openLibrary(), () => events.onChange());
    this.#events = events;
    this.#timeline = timeline;
    this.#log = new LaunchLog(timeline, DOWNLOADS.identifier, "page");
  }

  /** Opens the session. @throws SessionError as `BackgroundSession.open` does */
  async connect(signal: AbortSignal): Promise<BackgroundSession> {
    const registration = await registerWorker();
    if (registration !== undefined) void logStanding(this.#timeline, registration).catch(reportError);
    const session = await BackgroundSession.open(DOWNLOADS.identifier, {
      delegate: this.#delegate(),
      signal,
      serviceWorker: registration ?? WORKER_SCRIPT,
    });
    this.follow(session);
    this.#events.onRole(session.role);
    void this.#log.add({ kind: "session-opened", role: session.role });
    return session;
  }

  /** Starts a download. @throws TypeError or SessionError for a URL that cannot be loaded */
  start(url: string, name: string): void {
    const notification = downloadNotification();
    // If storing it fails, `didComplete` gets the error.
    void this.session.downloadTask(url, { description: name, notification }).resume();
  }

  /** Starts an ended download again, in place of the old one. */
  async retry({ id, url, name }: LibraryEntry): Promise<void> {
    this.start(url, name);
    await this.remove([id]);
  }

  #delegate(): SessionDelegate {
    return {
      ...this.#log.deliveriesTo(DOWNLOADS.delegateFor(this.library, "page")),
      didFinishEvents: () => this.#log.add({ kind: "events-finished" }),
      didBecomeOwner: (session) => {
        this.#events.onRole(session.role);
        void this.#log.add({ kind: "became-owner" });
      },
      didBecomeInvalid: (_session, error) => {
        void this.#log.add({ kind: "session-invalidated", reason: error?.code });
        if (error !== undefined) this.#events.onInvalid(error);
      },
    };
  }
}
