import { BackgroundSession, type SessionDelegate, type SessionError } from "../src/app/index.ts";
import { newDownloadId } from "./download-id.ts";
import { LaunchLog } from "./launch-log.ts";
import type { Timeline } from "./library/timeline.ts";
import { logStanding } from "./notification-log.ts";
import { downloadNotification } from "./notification-preference.ts";
import { registerWorker, WORKER_SCRIPT } from "./register-worker.ts";
import { DOWNLOADS } from "./sessions.ts";
import { Transfers } from "./transfers.ts";

export interface DownloadsEvents {
  /** The transfer with that id was added, changed or removed. */
  onChange(id: string): void;
  onRole(role: BackgroundSession["role"]): void;
  onInvalid(error: SessionError): void;
}

/** The app's downloads: unfinished ones from the session, and ended ones from the library. */
export class Downloads extends Transfers {
  readonly #events: DownloadsEvents;
  readonly #timeline: Promise<Timeline>;
  readonly #log: LaunchLog;
  #session: BackgroundSession | undefined;

  constructor(events: DownloadsEvents, timeline: Promise<Timeline>) {
    super(DOWNLOADS.openLibrary(), (id) => events.onChange(id));
    this.#events = events;
    this.#timeline = timeline;
    this.#log = new LaunchLog(timeline, DOWNLOADS.identifier, "page");
  }

  /** Opens the session. @throws SessionError as `BackgroundSession.open` does */
  async connect(signal: AbortSignal): Promise<void> {
    const registration = await registerWorker();
    if (registration !== undefined) void logStanding(this.#timeline, registration).catch(reportError);
    const session = await BackgroundSession.open(DOWNLOADS.identifier, {
      delegate: this.#delegate(),
      signal,
      serviceWorker: registration ?? WORKER_SCRIPT,
    });
    this.#session = session;
    for (const task of session.tasks()) this.show(task);
    this.#events.onRole(session.role);
    void this.#log.add({ kind: "session-opened", role: session.role });
  }

  /** Starts a download. @returns its id @throws TypeError or SessionError for a URL that cannot be loaded */
  start(url: string, name: string): string {
    const task = this.#openSession().downloadTask(url, {
      id: newDownloadId(),
      description: name,
      notification: downloadNotification(),
    });
    // If storing it fails, `didComplete` gets the error.
    void task.resume();
    this.show(task);
    return task.id;
  }

  /** Starts an ended download again, in place of the old one. @returns its new id */
  async retry(id: string): Promise<string | undefined> {
    const transfer = this.get(id);
    if (transfer?.kind !== "entry") return undefined;
    const newId = this.start(transfer.entry.url, transfer.entry.name);
    await this.remove(id);
    return newId;
  }

  /** Releases everything; transfers go on without this page. */
  override async close(): Promise<void> {
    await this.#session?.close();
    await super.close();
  }

  #delegate(): SessionDelegate {
    return {
      didChangeTask: (task) => this.show(task),
      ...this.#log.deliveriesTo(DOWNLOADS.delegateFor(this.library)),
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

  #openSession(): BackgroundSession {
    if (this.#session === undefined)
      throw new TypeError("The downloads are not ready yet; try again in a moment.");
    return this.#session;
  }
}
