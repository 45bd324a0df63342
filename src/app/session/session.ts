import { isIdentifier } from "../../protocol/commands.ts";
import type { DaemonKind } from "../../protocol/daemon-kind.ts";
import { isResumeData, type ResumeData } from "../../protocol/resume-data.ts";
import type { SecretPolicy } from "../../protocol/secret-headers.ts";
import type { TaskKind } from "../../protocol/task-info.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { Predecessor } from "../../store/insert.ts";
import { parkedEvents, type StoredEvent, unparkEvents } from "../../store/outbox.ts";
import { readIdentifiers } from "../../store/sessions.ts";
import { withDatabase } from "../../store/with-database.ts";
import { findDaemon } from "../daemon/find-daemon.ts";
import type { Role } from "../ownership/ownership.ts";
import {
  checkAddress,
  type RequestSnapshot,
  snapshotForRest,
  snapshotRequest,
  snapshotUpload,
  type TaskRequest,
} from "../requests/request-snapshot.ts";
import type { StorableBody } from "../requests/stored-body.ts";
import { newTaskRow } from "../tasks/new-task.ts";
import { BackgroundTask } from "../tasks/task.ts";
import { checkedOptions, type TaskOptions, UPLOAD_NAMES, type UploadOptions } from "../tasks/task-options.ts";
import { abortable, eitherOf } from "./abortable.ts";
import { checkedOpenOptions, type OpenOptions } from "./open-options.ts";
import { liveSession, reserve } from "./realm.ts";
import { SessionCore } from "./session-core.ts";

/** Goes on from what is kept of a failed or cancelled task. */
export interface ResumeRequest {
  resumeData: ResumeData;
  /**
   * The address from which a download goes on, e.g. one that was signed anew; a `GET` without a `Range`. The server must
   * prove that the file is still the same, as for every resume. Uploads go on where they were.
   * @default that of the task it goes on with
   */
  request?: TaskRequest;
}

/** An event that no delegate would take: parked after five refusals (E5). */
export interface ParkedEvent {
  readonly eventId: string;
  readonly type: StoredEvent["type"];
  /** Identifies the task within the library; use `eventId` in your own records. */
  readonly taskKey: string;
}

/**
 * A named session: its transfers belong to the name and run in the daemon, a service worker. The page may reload,
 * crash or close; whoever opens the session next under its identifier gets what happened meanwhile.
 *
 * @example
 * const session = await BackgroundSession.open("com.example.podcasts", {
 *   delegate: { didFinishDownloading: (task, file) => library.add(task.description, file) },
 * });
 * session.downloadTask("/episodes/42.mp3", { description: "Episode 42" }).resume();
 */
export class BackgroundSession {
  readonly #core: SessionCore;

  /** @internal Sessions are opened, not constructed. */
  private constructor(makeCore: (session: BackgroundSession) => SessionCore) {
    if (typeof makeCore !== "function")
      throw new TypeError("A session is opened: BackgroundSession.open(identifier).");
    this.#core = makeCore(this);
  }

  /**
   * Opens a session, and makes it where it is new. Where it was opened before with the same worker script, it does not
   * wait until the worker has started; should the daemon prove to be missing or outdated then, `didBecomeInvalid` says so.
   * If its registration goes later, the session looks for it again in the way that `serviceWorker` says.
   *
   * @throws TypeError for an identifier that is not a string of 1 to 256 characters, or a wrong option
   * @throws SessionError `daemon-missing` when there is no worker that runs the daemon, or another script's worker would
   *   have to be replaced, with what to do;
   *   `session-in-use` when this page has it open already, or another tab and `onBusy` is `"fail"`;
   *   `session-taken-over` when another tab takes it over in the same moment;
   *   `daemon-outdated`, `page-outdated` when page and worker are of versions that do not fit
   */
  static async open(
    identifier: string,
    options: OpenOptions<BackgroundSession> = {},
  ): Promise<BackgroundSession> {
    checkIdentifier(identifier);
    const configuration = checkedOpenOptions(options);
    const { signal } = options;
    signal?.throwIfAborted();
    const link = await abortable(findDaemon(options.serviceWorker, signal), signal, (late) => late.close());
    const reservation = abortable(reserve(link.scope, identifier), signal, (late) => late.free());
    const place = await reservation.catch((error: unknown) => {
      link.close();
      throw error;
    });
    const session = new BackgroundSession((self) => new SessionCore(self, identifier, options, link));
    session.#core.onClose = (closed) => place.freeAfter(closed);
    try {
      await abortable(session.#core.attach(configuration), signal);
      session.#core.check();
    } catch (error) {
      void session.close();
      throw error;
    }
    place.fill(session);
    return session;
  }

  /** Returns this realm's live session of that identifier. */
  static current(identifier: string): BackgroundSession | undefined {
    return liveSession(identifier);
  }

  /**
   * Cancels everything of a session and deletes its rows, bytes and events, also while another tab owns it: what an
   * app calls at logout.
   */
  static async delete(identifier: string, options: Pick<OpenOptions, "serviceWorker"> = {}): Promise<void> {
    checkIdentifier(identifier);
    const link = await findDaemon(options.serviceWorker, undefined);
    try {
      await link.request({ type: "delete-session", session: identifier });
    } finally {
      link.close();
    }
  }

  /** Lists the identifiers of all sessions that are stored. */
  static async identifiers(options: Pick<OpenOptions, "serviceWorker"> = {}): Promise<string[]> {
    const link = await findDaemon(options.serviceWorker, undefined);
    try {
      return await withDatabase(link.scope, readIdentifiers);
    } finally {
      link.close();
    }
  }

  /** The name under which it was opened. */
  get identifier(): string {
    return this.#core.identifier;
  }

  /** The owner gets the durable events and the completion handlers; an observer sees and controls the same tasks. */
  get role(): Role {
    return this.#core.role;
  }

  /**
   * Where its transfers run: in a service worker, or, where the browser has none here, only as long as a `"page"` of the
   * app is open, the next of which goes on from the last checkpoint.
   */
  get daemon(): DaemonKind {
    return this.#core.daemon;
  }

  /** Returns every task that is not finished, in order of creation. */
  tasks(): BackgroundTask[] {
    return this.#core.tasks.unfinished();
  }

  /** Returns the unfinished task of that id. */
  task(id: string): BackgroundTask | undefined {
    return this.#core.tasks.find(id);
  }

  /**
   * Makes a download, suspended: its result is a `File` that the disk backs. It goes on after an interruption from
   * where it was, when the server proves that the file is still the same. `{ resumeData }` out of a `SessionError`
   * goes on from the bytes of the failed download, and `{ resumeData, request }` from another address; when they are gone
   * it ends with `resume-data-invalid`. A server that refuses the rest (403, 404 …) ends it with `bad-response`, and the
   * bytes are kept.
   * @throws TypeError for a wrong request or option, with what is wrong
   * @throws SessionError `unsupported-url`, `session-invalidated`
   */
  downloadTask(request: TaskRequest | ResumeRequest, options: TaskOptions = {}): BackgroundTask {
    return isResumeRequest(request)
      ? this.#resume("download", request, options)
      : this.#make("download", request, options);
  }

  /**
   * Makes an upload, suspended: sends a body that is on disk before `resume()` fulfils, from where it is read bit by
   * bit. The method is `POST` unless the request says `PUT` or `PATCH`. The answer is kept with its body and
   * delivered; the body that was sent is freed with a 2xx answer, or when the task is cancelled.
   * @throws TypeError for a wrong request, body or option, and for a protocol that the worker has not been given, with
   *   what is wrong
   * @throws SessionError `unsupported-url`, `session-invalidated`, `daemon-outdated`
   * @example
   * session.uploadTask("/photos", file, { completion: { handler: "photo-sent", context: { photo: 7 } } }).resume();
   */
  uploadTask(request: TaskRequest, body: StorableBody, options?: UploadOptions): BackgroundTask;
  /**
   * Goes on with a failed or cancelled upload, from what the server has of it; once for each token. It is sent as it was:
   * `protocol`, `metadata`, `connections` and `idempotencyKey` stay, and cannot be given.
   */
  uploadTask(
    request: Pick<ResumeRequest, "resumeData">,
    options?: Omit<TaskOptions, "idempotencyKey">,
  ): BackgroundTask;
  uploadTask(
    request: TaskRequest | ResumeRequest,
    bodyOrOptions?: StorableBody | TaskOptions,
    options: UploadOptions = {},
  ): BackgroundTask {
    this.#core.checkMaking();
    if (isResumeRequest(request)) {
      return this.#resume("upload", request, (bodyOrOptions ?? {}) as TaskOptions);
    }
    const body = bodyOrOptions as StorableBody;
    const { protocol } = checkedOptions(options, "upload");
    this.#core.checkUpload(protocol);
    return this.#insert("upload", snapshotUpload(request, body, this.#policy(options), protocol), options);
  }

  /**
   * Makes a data task, suspended: a request of any method whose answer is kept, with its body, and delivered.
   * @throws TypeError for a wrong request or option, with what is wrong
   * @throws SessionError `unsupported-url`, `session-invalidated`
   */
  dataTask(request: TaskRequest, options: TaskOptions = {}): BackgroundTask {
    return this.#make("data", request, options);
  }

  /**
   * Makes a new task, suspended, from a finished one: the same request with its body, under a fresh id. A failed
   * download goes on from the bytes that are still on disk, a failed upload from what the server has of it. The body
   * of an upload that succeeded or was cancelled is freed: retried, it ends with `file-missing`. `options` are those
   * of the new task; description and priority are taken from the old one.
   * @throws TypeError when the task is not finished, and for an upload as `uploadTask({ resumeData })` does
   */
  retry(task: BackgroundTask, options: TaskOptions = {}): BackgroundTask {
    if (!(task instanceof BackgroundTask))
      throw new TypeError("retry() takes the handle of a finished task.");
    const { info } = BackgroundTask.modelOf(task);
    if (info.session !== this.identifier) throw new TypeError("The task belongs to another session.");
    if (info.state !== "completed")
      throw new TypeError(`Task "${info.id}" is not finished; only a finished one is retried.`);
    if (info.kind === "upload") this.#checkSameWay(info.uploadProtocol, options);
    const { description, priority } = info;
    const defaults = { ...(description !== undefined && { description }), priority };
    const snapshot: RequestSnapshot = { record: info.request };
    const after = { key: info.key, mustResume: false, hasBody: info.hasBody };
    return this.#insert(info.kind, snapshot, { ...defaults, ...options }, after);
  }

  /** Lists the events that a delegate refused five times. */
  async parkedEvents(): Promise<ParkedEvent[]> {
    this.#core.check();
    const events = await parkedEvents(this.#core.database, this.identifier);
    return events.map(({ eventId, type, taskKey }) => ({ eventId, type, taskKey }));
  }

  /** Offers the parked events again, five times at the most. */
  async retryParked(): Promise<void> {
    this.#core.check();
    const events = await parkedEvents(this.#core.database, this.identifier);
    await unparkEvents(this.#core.database, events);
    this.#core.delivery.release(events);
  }

  /**
   * Lets go of the session: its tasks run on, this object is invalid, and the identifier may be opened again.
   * Route changes, hot reloading and frameworks that mount twice need it. Nothing more is delivered. Awaited inside a
   * delegate method or a completion handler it fulfils before that has settled; `didBecomeInvalid` comes after it, and
   * the next `open` of the identifier, which must not be awaited in there, waits for it, 5 s at most.
   */
  close(): Promise<void> {
    return this.#core.close();
  }

  /**
   * Takes no more tasks, and ends when the unfinished ones have finished and their events were offered. Fulfils
   * when this object is invalid; `didBecomeInvalid` is the last message of its delegate. A suspended task is waited
   * for as well. It may be awaited anywhere. Inside a delegate method or a completion handler it fulfils earlier, when
   * all has been offered but what waits behind that very call: this is delivered when the call has settled, and then
   * the object becomes invalid. Inside `handleEventsForBackgroundSession` it has the events delivered at once.
   * @throws SessionError `session-invalidated` when it is over already
   */
  finishTasksAndInvalidate(): Promise<void> {
    return this.#core.finish();
  }

  /**
   * Cancels the unfinished tasks, each of which completes with `cancelled`, and ends like
   * `finishTasksAndInvalidate()`.
   * @throws SessionError `session-invalidated` when it is over already
   */
  invalidateAndCancel(): Promise<void> {
    return this.#core.cancelAll();
  }

  #make(kind: TaskKind, request: TaskRequest, options: TaskOptions): BackgroundTask {
    return this.#insert(kind, snapshotRequest(request, this.#policy(options)), options);
  }

  #resume(kind: "download" | "upload", given: ResumeRequest, options: TaskOptions): BackgroundTask {
    const { session, key, request: record, protocol } = checkedResumeData(given, kind);
    if (session !== this.identifier) throw new TypeError("The resumeData belongs to another session.");
    if (kind === "upload") this.#checkSameWay(protocol, options, "idempotencyKey");
    const { request } = given;
    const snapshot = request === undefined ? { record } : snapshotForRest(request, this.#policy(options));
    return this.#insert(kind, snapshot, options, { key, mustResume: true, hasBody: kind === "upload" });
  }

  /** An upload is gone on with as it was begun. */
  #checkSameWay(
    protocol: UploadProtocolName | undefined,
    options: UploadOptions,
    ...more: (keyof UploadOptions)[]
  ): void {
    const given = [...UPLOAD_NAMES, ...more].find((name) => options[name] !== undefined);
    if (given !== undefined)
      throw new TypeError(
        `"${given}" cannot be given: it is that of the upload which this one goes on with.`,
      );
    this.#core.checkUpload(protocol);
  }

  #policy(options: TaskOptions): SecretPolicy {
    const { configuration } = this.#core;
    return { ...configuration, storeCredentials: options.storeCredentials ?? configuration.storeCredentials };
  }

  #insert(
    kind: TaskKind,
    snapshot: RequestSnapshot,
    given: TaskOptions,
    after?: Predecessor,
  ): BackgroundTask {
    this.#core.checkMaking();
    const options = checkedOptions(given, kind);
    const { configuration, identifier } = this.#core;
    const row = newTaskRow({ session: identifier, kind, snapshot, options, configuration, now: Date.now() });
    const { onDuplicate } = options;
    const signal = eitherOf(options.signal, snapshot.signal);
    const task = this.#core.insert(
      { row, onDuplicate, ...(after !== undefined && { after }) },
      snapshot.body,
    );
    if (signal !== undefined) void cancelWith(task, signal);
    return task;
  }
}

/** `await using` closes the session, in the browsers that have it. */
if (typeof Symbol.asyncDispose === "symbol") {
  Object.defineProperty(BackgroundSession.prototype, Symbol.asyncDispose, {
    value(this: BackgroundSession) {
      return this.close();
    },
  });
}

/** Cancels the task when the signal is aborted. A signal of the app's may live long: it holds nothing that is over. */
async function cancelWith(task: BackgroundTask, signal: AbortSignal): Promise<void> {
  const cancel = (): void => void task.cancel();
  if (signal.aborted) return cancel();
  signal.addEventListener("abort", cancel);
  await BackgroundTask.modelOf(task).finished;
  signal.removeEventListener("abort", cancel);
}

function isResumeRequest(request: TaskRequest | ResumeRequest): request is ResumeRequest {
  return typeof request === "object" && request !== null && "resumeData" in request;
}

/** What may be said beside `resumeData`, and what to do instead of all else. */
const BESIDE_RESUME_DATA = {
  download: {
    names: ["request"],
    advice: "To go on from another address: downloadTask({ resumeData, request }).",
  },
  upload: { names: [], advice: "An upload goes on where it was; another address is not supported yet." },
} as const;

function checkedResumeData(given: ResumeRequest, kind: "download" | "upload"): ResumeData {
  const { resumeData: value, ...others } = given;
  const { names, advice } = BESIDE_RESUME_DATA[kind];
  const unknown = Object.entries(others).find(
    ([name, it]) => it !== undefined && !names.some((known) => known === name),
  );
  if (unknown !== undefined)
    throw new TypeError(`"${unknown[0]}" cannot be given beside resumeData. ${advice}`);
  if (!isResumeData(value)) {
    throw new TypeError("resumeData must be that of a SessionError of this library, unchanged.");
  }
  if ((value.kind ?? "download") !== kind) throw new TypeError(`The resumeData is not that of a ${kind}.`);
  checkAddress(value.request.url);
  return value;
}

function checkIdentifier(identifier: unknown): asserts identifier is string {
  if (isIdentifier(identifier)) return;
  throw new TypeError("The identifier of a session must be a string of 1 to 256 characters.");
}
