import {
  BackgroundSession,
  type BackgroundTask,
  type EventInfo,
  type SessionDelegate,
  type SessionError,
} from "../../src/app/index.ts";
import { newDownloadId } from "../download-id.ts";
import { Library } from "../library/library.ts";
import type { LibraryEntry } from "../library/schema.ts";
import { registerWorker } from "../register-worker.ts";
import type { Transfer } from "../transfer.ts";
import { answerFile } from "./answer-file.ts";
import { uploadOutcome } from "./upload-outcome.ts";
import { type UploadWay, uploadTarget } from "./upload-target.ts";

const IDENTIFIER = "com.example.uploads";

export interface UploadsEvents {
  /** The upload of that id came, changed or went. */
  onChange(id: string): void;
  onInvalid(error: SessionError): void;
}

/** The app's uploads: those under way, from the session, and those that have ended, with the server's answers. */
export class Uploads {
  readonly #events: UploadsEvents;
  readonly #library: Promise<Library>;
  readonly #uploads = new Map<string, Transfer>();
  #session: BackgroundSession | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(events: UploadsEvents) {
    this.#events = events;
    this.#library = Library.open("uploads-library");
  }

  /** Opens the session. @throws SessionError as `BackgroundSession.open` does */
  async connect(signal: AbortSignal): Promise<void> {
    const library = await this.#library;
    library.onChange = () => void this.#readLibrary();
    await this.#readLibrary();
    const registration = await registerWorker();
    const session = await BackgroundSession.open(IDENTIFIER, {
      delegate: this.#delegate(),
      signal,
      ...(registration && { serviceWorker: registration }),
    });
    this.#session = session;
    for (const task of session.tasks()) this.#show(task);
  }

  get(id: string): Transfer | undefined {
    return this.#uploads.get(id);
  }

  /** Starts an upload; it waits for the network where there is none. @returns its id */
  start(file: File, way: UploadWay, isSlow: boolean): string {
    const task = this.#openSession().uploadTask(uploadTarget(way, isSlow), file, {
      id: newDownloadId(),
      description: file.name,
      ...(way !== "request" && { protocol: way }),
    });
    // What goes wrong with storing it, a file that is gone for one, comes to `didComplete`.
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

  /** Goes on with a failed upload, in place of the old one, from what the server has of it. @returns its new id */
  async retry(id: string): Promise<string | undefined> {
    const upload = this.get(id);
    const resumeData = upload?.kind === "entry" ? upload.entry.resumeData : undefined;
    if (upload?.kind !== "entry" || resumeData === undefined) return undefined;
    const options = { id: newDownloadId(), description: upload.entry.name };
    const task = this.#openSession().uploadTask({ resumeData }, options);
    void task.resume();
    this.#show(task);
    await this.remove(id);
    return task.id;
  }

  async remove(id: string): Promise<void> {
    await (await this.#library).remove(id);
  }

  /** Returns what the server answered, as it was stored. */
  async answer(id: string): Promise<File | undefined> {
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
      didSendBodyData: (task) => this.#show(task),
      didComplete: (task, error, event) => this.#record(task, error, event),
      didBecomeInvalid: (_session, error) => error && this.#events.onInvalid(error),
    };
  }

  async #record(
    task: BackgroundTask,
    error: SessionError | undefined,
    { eventId }: EventInfo,
  ): Promise<void> {
    const { id, attempts, originalRequest, description } = task;
    const library = await this.#library;
    const { response } = await task.completed;
    const answer = response && (await answerFile(response));
    if (answer !== undefined) await library.keepFile(`${eventId}/answer`, id, answer);
    await library.record(eventId, {
      id,
      name: description ?? originalRequest.url,
      url: originalRequest.url,
      attempts,
      outcome: uploadOutcome(task, error, answer),
      ...(error?.resumeData !== undefined && { resumeData: error.resumeData }),
    });
  }

  async #control(id: string, order: (task: BackgroundTask) => Promise<unknown>): Promise<void> {
    const upload = this.get(id);
    if (upload?.kind !== "task") return;
    const recorded = order(upload.task);
    // The handle shows the wish at once.
    this.#events.onChange(id);
    await recorded;
  }

  #show(task: BackgroundTask): void {
    const known = this.#uploads.get(task.id);
    // News of a task may come late: after its end was recorded, or after that record was removed.
    if (known?.kind === "entry" || (known === undefined && task.state === "completed")) return;
    this.#uploads.set(task.id, { kind: "task", task });
    this.#events.onChange(task.id);
  }

  /** One reading at a time, so that an older one never comes last. */
  #readLibrary(): Promise<void> {
    const read = async (): Promise<void> => this.#showEntries(await (await this.#library).entries());
    this.#reading = this.#reading.then(read).catch(reportError);
    return this.#reading;
  }

  #showEntries(entries: readonly LibraryEntry[]): void {
    const ids = new Set(entries.map(({ id }) => id));
    for (const [id, { kind }] of this.#uploads) {
      if (kind !== "entry" || ids.has(id)) continue;
      this.#uploads.delete(id);
      this.#events.onChange(id);
    }
    for (const entry of entries) {
      if (this.#uploads.get(entry.id)?.kind === "entry") continue;
      this.#uploads.set(entry.id, { kind: "entry", entry });
      this.#events.onChange(entry.id);
    }
  }

  #openSession(): BackgroundSession {
    if (this.#session === undefined)
      throw new TypeError("The uploads are not ready yet; try again in a moment.");
    return this.#session;
  }
}
