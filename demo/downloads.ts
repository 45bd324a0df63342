import {
  BackgroundSession,
  type BackgroundTask,
  type SessionDelegate,
  type SessionError,
} from "../src/app/index.ts";
import { newDownloadId } from "./download-id.ts";
import { LaunchLog } from "./launch-log.ts";
import { Library } from "./library/library.ts";
import type { LibraryEntry } from "./library/schema.ts";
import type { Timeline } from "./library/timeline.ts";
import { libraryDelegate } from "./library-delegate.ts";
import { logStanding } from "./notification-log.ts";
import { downloadNotification } from "./notification-preference.ts";
import { registerWorker } from "./register-worker.ts";
import type { Transfer } from "./transfer.ts";

const IDENTIFIER = "com.example.downloads";

export interface DownloadsEvents {
  /** The transfer of that id came, changed or went. */
  onChange(id: string): void;
  onRole(role: BackgroundSession["role"]): void;
  onInvalid(error: SessionError): void;
}

/** The app's downloads: those under way, from the session, and those that have ended, from the library. */
export class Downloads {
  readonly #events: DownloadsEvents;
  readonly #library: Promise<Library>;
  readonly #timeline: Promise<Timeline>;
  readonly #log: LaunchLog;
  readonly #transfers = new Map<string, Transfer>();
  #session: BackgroundSession | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(events: DownloadsEvents, timeline: Promise<Timeline>) {
    this.#events = events;
    this.#timeline = timeline;
    this.#log = new LaunchLog(timeline, IDENTIFIER, "page");
    this.#library = Library.open();
  }

  /** Shows what is in the library; `connect` adds what is under way. */
  async load(): Promise<void> {
    const library = await this.#library;
    library.onChange = () => this.#readLibrary();
    await this.#readLibrary();
  }

  /** Opens the session. @throws SessionError as `BackgroundSession.open` does */
  async connect(signal: AbortSignal): Promise<void> {
    const registration = await registerWorker();
    if (registration !== undefined) void logStanding(this.#timeline, registration).catch(reportError);
    const session = await BackgroundSession.open(IDENTIFIER, {
      delegate: this.#delegate(),
      signal,
      ...(registration && { serviceWorker: registration }),
    });
    this.#session = session;
    for (const task of session.tasks()) this.#show(task);
    this.#events.onRole(session.role);
    void this.#log.add({ kind: "session-opened", role: session.role });
  }

  get(id: string): Transfer | undefined {
    return this.#transfers.get(id);
  }

  /** Starts a download. @returns its id @throws TypeError or SessionError for an address that cannot be loaded */
  start(url: string, name: string): string {
    const task = this.#openSession().downloadTask(url, {
      id: newDownloadId(),
      description: name,
      notification: downloadNotification(),
    });
    // What goes wrong with storing it comes to `didComplete`.
    void task.resume();
    this.#show(task);
    return task.id;
  }

  async pause(id: string): Promise<void> {
    await this.#control(id, (task) => task.suspend());
  }

  async resume(id: string): Promise<void> {
    await this.#control(id, (task) => task.resume());
  }

  async cancel(id: string): Promise<void> {
    await this.#control(id, (task) => task.cancel());
  }

  /** Starts an ended download anew, in place of the old one. @returns its new id */
  async retry(id: string): Promise<string | undefined> {
    const transfer = this.get(id);
    if (transfer?.kind !== "entry") return undefined;
    const newId = this.start(transfer.entry.url, transfer.entry.name);
    await this.remove(id);
    return newId;
  }

  async remove(id: string): Promise<void> {
    await (await this.#library).remove(id);
  }

  /** Returns the file of a download that succeeded. */
  async file(id: string): Promise<File | undefined> {
    return (await this.#library).file(id);
  }

  /** Lets go of everything; what is under way goes on without this page. */
  async close(): Promise<void> {
    await this.#session?.close();
    await this.#reading;
    (await this.#library).close();
  }

  #delegate(): SessionDelegate {
    return {
      didChangeTask: (task) => this.#show(task),
      ...this.#log.deliveriesTo(libraryDelegate(this.#library)),
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

  async #control(id: string, order: (task: BackgroundTask) => Promise<unknown>): Promise<void> {
    const transfer = this.get(id);
    if (transfer?.kind !== "task") return;
    const recorded = order(transfer.task);
    // The handle shows the wish at once.
    this.#events.onChange(id);
    await recorded;
  }

  #show(task: BackgroundTask): void {
    const known = this.#transfers.get(task.id);
    // News of a task may come late: after its end was recorded, or after that record was removed.
    if (known?.kind === "entry" || (known === undefined && task.state === "completed")) return;
    this.#transfers.set(task.id, { kind: "task", task });
    this.#events.onChange(task.id);
  }

  /** Reads the library after each change; one reading at a time, so that an older one never comes last. */
  #readLibrary(): Promise<void> {
    const read = async (): Promise<void> => this.#showEntries(await (await this.#library).entries());
    this.#reading = this.#reading.then(read).catch(reportError);
    return this.#reading;
  }

  #showEntries(entries: readonly LibraryEntry[]): void {
    const ids = new Set(entries.map(({ id }) => id));
    for (const [id, { kind }] of this.#transfers) {
      if (kind !== "entry" || ids.has(id)) continue;
      this.#transfers.delete(id);
      this.#events.onChange(id);
    }
    for (const entry of entries) {
      if (this.#transfers.get(entry.id)?.kind === "entry") continue;
      this.#transfers.set(entry.id, { kind: "entry", entry });
      this.#events.onChange(entry.id);
    }
  }

  #openSession(): BackgroundSession {
    if (this.#session === undefined)
      throw new TypeError("The downloads are not ready yet; try again in a moment.");
    return this.#session;
  }
}
