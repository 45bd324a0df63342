import { isIdentifier, isShortString } from "../../protocol/checks.ts";
import type { DaemonKind } from "../../protocol/daemon-kind.ts";
import { readIdentifiers } from "../../store/sessions.ts";
import { withDatabase } from "../../store/with-database.ts";
import type { ParkedEvent, ResumeRequest, BackgroundSession as Session } from "../background-session.ts";
import type { BackgroundTask } from "../background-task.ts";
import type { DaemonLink } from "../daemon/daemon-link.ts";
import { findDaemon } from "../daemon/find-daemon.ts";
import type { CompletionHandler } from "../events/completion-handler.ts";
import type { Role } from "../ownership/ownership.ts";
import type { StorableBody } from "../requests/stored-body.ts";
import type { TaskRequest } from "../requests/task-request.ts";
import type { TaskGroup, TaskQueue } from "../task-group.ts";
import type { HistoryOptions } from "../tasks/history-options.ts";
import type { DownloadOptions, TaskOptions, UploadOptions } from "../tasks/task-options.ts";
import { abortable } from "./abortable.ts";
import { contextOf } from "./context-of.ts";
import { fetchWith } from "./fetch-with.ts";
import { findDownload } from "./find-download.ts";
import { forget, history } from "./history.ts";
import { checkedOpenOptions, type OpenOptions } from "./open-options.ts";
import { parkedEvents, retryParked } from "./parked-events.ts";
import { liveSession, reserve } from "./realm.ts";
import { isResumeRequest } from "./resume-request.ts";
import { SessionCore } from "./session-core.ts";
import { TaskMaker } from "./task-maker.ts";

export type BackgroundSession = Session;

/** How sessions are opened, found and deleted. */
// biome-ignore lint/complexity/noBannedTypes: what stands right of `instanceof` must be a function.
export interface BackgroundSessions extends Function {
  /** For `instanceof`. */
  readonly prototype: BackgroundSession;

  /**
   * Opens a session, and creates it if it is new. If it was opened before with the same worker script, this does not
   * wait until the worker has started; if the daemon then proves to be missing or outdated, `didBecomeInvalid` says so.
   * If its registration is removed later, the session looks for it again in the way that `serviceWorker` says.
   *
   * @throws TypeError for an identifier that is not a string of 1 to 256 characters, or a wrong option
   * @throws SessionError `daemon-missing` if there is no worker that runs the daemon, or another script's worker would
   *   have to be replaced, with what to do;
   *   `session-in-use` if this page has it open already, or another tab and `onBusy` is `"fail"`;
   *   `session-taken-over` if another tab takes it over in the same moment;
   *   `daemon-outdated`, `page-outdated` if page and worker are of versions that do not fit
   */
  open(identifier: string, options?: OpenOptions): Promise<BackgroundSession>;

  /**
   * Returns the session of that identifier that is open in this page or worker. When one is opened, the window, or the
   * worker's global scope, gets an event `backgroundsessionopen`.
   */
  current(identifier: string): BackgroundSession | undefined;

  /**
   * Cancels every task of a session and deletes its rows, bytes and events, even while another tab owns it. Call it at
   * logout.
   * @throws TypeError, SessionError as `open`
   */
  delete(identifier: string, options?: Pick<OpenOptions, "serviceWorker">): Promise<void>;

  /** Lists the identifiers of all stored sessions. */
  identifiers(options?: Pick<OpenOptions, "serviceWorker">): Promise<string[]>;
}

/** The link that this realm last opened each session with: observers without a worker of their own use it too. */
const links = new Map<string, DaemonLink>();

class SessionObject implements Session {
  readonly #core: SessionCore;
  readonly #maker: TaskMaker;

  constructor(makeCore: (session: Session) => SessionCore) {
    if (typeof makeCore !== "function")
      throw new TypeError("A session is opened: BackgroundSession.open(identifier).");
    this.#core = makeCore(this);
    this.#maker = new TaskMaker(this.#core);
  }

  static async open(identifier: string, options: OpenOptions = {}): Promise<Session> {
    checkIdentifier(identifier);
    const configuration = checkedOpenOptions(options);
    const { signal } = options;
    signal?.throwIfAborted();
    const isObserver = options.role === "observer";
    const beside = isObserver && options.serviceWorker === undefined ? links.get(identifier) : undefined;
    const link = beside ?? (await abortable(findDaemon(options.serviceWorker, signal), signal));
    const place = isObserver
      ? undefined
      : await abortable(reserve(link.scope, identifier), signal, (late) => late.free());
    const session = new SessionObject(
      (self) => new SessionCore(self, identifier, options, link, (closed) => place?.freeAfter(closed)),
    );
    try {
      await abortable(session.#core.attach(configuration), signal);
      session.#core.check();
    } catch (error) {
      void session.close();
      throw error;
    }
    links.set(identifier, link);
    place?.fill(session);
    return session;
  }

  static current(identifier: string): Session | undefined {
    return liveSession(identifier);
  }

  static async delete(identifier: string, options: Pick<OpenOptions, "serviceWorker"> = {}): Promise<void> {
    checkIdentifier(identifier);
    const link = await findDaemon(options.serviceWorker, undefined);
    await link.request({ type: "delete-session", session: identifier });
  }

  static async identifiers(options: Pick<OpenOptions, "serviceWorker"> = {}): Promise<string[]> {
    const { scope } = await findDaemon(options.serviceWorker, undefined);
    return withDatabase(scope, readIdentifiers);
  }

  get identifier(): string {
    return this.#core.identifier;
  }

  get role(): Role {
    return this.#core.role;
  }

  get daemon(): DaemonKind {
    return this.#core.kind;
  }

  get [Symbol.toStringTag](): string {
    return "BackgroundSession";
  }

  get subscribe(): Session["subscribe"] {
    return this.#core.views.session.subscribe;
  }

  get getSnapshot(): Session["getSnapshot"] {
    return this.#core.views.session.getSnapshot;
  }

  tasks(): BackgroundTask[] {
    return this.#core.tasks.unfinished();
  }

  task(id: string): BackgroundTask | undefined {
    return this.#core.tasks.find(id);
  }

  group(name: string): TaskGroup {
    return this.#core.views.selection("group", name);
  }

  queue(name: string): TaskQueue {
    return this.#core.views.selection("queue", name);
  }

  downloadTask(request: TaskRequest | ResumeRequest, options: DownloadOptions = {}): BackgroundTask {
    return isResumeRequest(request)
      ? this.#maker.resume("download", request, options)
      : this.#maker.make("download", request, options);
  }

  uploadTask(
    request: TaskRequest | ResumeRequest,
    bodyOrOptions?: StorableBody | TaskOptions,
    options: UploadOptions = {},
  ): BackgroundTask {
    this.#core.ending.checkMaking();
    return isResumeRequest(request)
      ? this.#maker.resume("upload", request, (bodyOrOptions ?? {}) as TaskOptions)
      : this.#maker.upload(request, bodyOrOptions as StorableBody, options);
  }

  dataTask(request: TaskRequest, options: TaskOptions = {}): BackgroundTask {
    return this.#maker.make("data", request, options);
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit, options: TaskOptions = {}): Promise<Response> {
    return fetchWith((request) => this.dataTask(request, options), input, init, options);
  }

  retry(task: BackgroundTask, options: DownloadOptions = {}): BackgroundTask {
    return this.#maker.retry(task, options);
  }

  history(options: HistoryOptions = {}): Promise<BackgroundTask[]> {
    return history(this.#core, options);
  }

  findDownload(url: string | URL): ReturnType<Session["findDownload"]> {
    return findDownload(this.#core, url);
  }

  forget(task: BackgroundTask): Promise<void> {
    return forget(this.#core, task);
  }

  contextOf(task: BackgroundTask): Promise<unknown> {
    return contextOf(this.#core, task);
  }

  addCompletionHandler(name: string, handler: CompletionHandler): () => void {
    this.#core.check();
    if (!isShortString(name) || typeof handler !== "function")
      throw new TypeError("addCompletionHandler takes a name of 1 to 1,024 characters and a function.");
    return this.#core.messages.addHandler(name, handler);
  }

  parkedEvents(): Promise<ParkedEvent[]> {
    return parkedEvents(this.#core);
  }

  retryParked(): Promise<void> {
    return retryParked(this.#core);
  }

  close(): Promise<void> {
    return this.#core.ending.close();
  }

  finishTasksAndInvalidate(): Promise<void> {
    return this.#core.ending.finish();
  }

  invalidateAndCancel(): Promise<void> {
    return this.#core.ending.cancelAll();
  }
}

/** `await using` closes the session, in the browsers that have it. */
if (typeof Symbol.asyncDispose === "symbol") {
  Object.defineProperty(SessionObject.prototype, Symbol.asyncDispose, {
    value(this: SessionObject) {
      return this.close();
    },
  });
}

/** Opens, finds and deletes sessions. */
export const BackgroundSession: BackgroundSessions = SessionObject;

function checkIdentifier(identifier: unknown): asserts identifier is string {
  if (isIdentifier(identifier)) return;
  throw new TypeError("The identifier of a session must be a string of 1 to 256 characters.");
}
