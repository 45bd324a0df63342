import type { TaskAction } from "../../protocol/commands.ts";
import type { StoredConfiguration } from "../../protocol/configuration.ts";
import { DEFAULT_CONFIGURATION } from "../../protocol/configuration.ts";
import type { DaemonKind } from "../../protocol/daemon-kind.ts";
import type { Launch, LaunchedSession } from "../../protocol/local-daemon.ts";
import { namesOf } from "../../protocol/names.ts";
import type { ResumeData } from "../../protocol/resume-data.ts";
import { type Failure, failureOf, SessionError } from "../../protocol/session-error.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { Greeting } from "../../protocol/versions.ts";
import { Database } from "../../store/database.ts";
import type { Insertion, NewTask } from "../../store/insert.ts";
import { noteScript } from "../../store/registered-scripts.ts";
import type { BodyContent, KnownDaemon, TaskRow } from "../../store/schema.ts";
import { keepDaemon, openStoredSession, readSession } from "../../store/sessions.ts";
import { SETTLED_GRACE_MS, sweepSettled } from "../../store/sweep.ts";
import { type LiveFacts, taskInfoOf } from "../../store/task-info-of.ts";
import { liveTasks, readTask } from "../../store/tasks.ts";
import type { DaemonLink } from "../daemon/daemon-link.ts";
import { pathOf } from "../daemon/daemon-location.ts";
import { greet, isKnown } from "../daemon/handshake.ts";
import type { CompletionHandler, SessionDelegate } from "../events/delegate.ts";
import { Delivery } from "../events/delivery.ts";
import { NoticeReader } from "../events/notice-reader.ts";
import { Ownership, type Role } from "../ownership/ownership.ts";
import { pause } from "../pause.ts";
import { notify, report } from "../report.ts";
import { InsertBatch } from "../tasks/insert-batch.ts";
import { BackgroundTask } from "../tasks/task.ts";
import { type ResumeResult, TaskModel, type TaskPort } from "../tasks/task-model.ts";
import { TaskRegistry } from "../tasks/task-registry.ts";
import { readResult, responseOf, resumeDataOf, type TaskResult } from "../tasks/task-result.ts";
import { warnOnce } from "../warn.ts";
import type { OpenOptions } from "./open-options.ts";
import { askForPersistence } from "./persistence.ts";
import type { BackgroundSession } from "./session.ts";

/** The daemon takes no longer lists. */
const KEYS_A_COMMAND = 10_000;

/** How long the session stays with a delegate that is at work when it is closed. */
const CLOSING_MS = 5_000;

interface Finishing {
  /** Everything was offered, but for what waits behind a call that was set aside. */
  readonly offered: Promise<void>;
  /** The session is invalid. */
  readonly over: Promise<void>;
}

/** What a session object is made of: its connection to the disk and to the daemon, its tasks, its events. */
export class SessionCore implements TaskPort {
  readonly identifier: string;
  readonly database: Database;
  readonly tasks: TaskRegistry;
  readonly delivery: Delivery;
  readonly #session: BackgroundSession;
  readonly #delegate: SessionDelegate;
  readonly #hasReceiver: boolean;
  readonly #completionHandlers: Readonly<Record<string, CompletionHandler>>;
  readonly #link: DaemonLink;
  readonly #batch: InsertBatch;
  #configuration: StoredConfiguration = DEFAULT_CONFIGURATION;
  #uploadProtocols: readonly UploadProtocolName[] | undefined;
  #incarnation = "";
  /** Settles when the session is on disk again after the database was deleted; what is made meanwhile waits. */
  #recovery: Promise<void> = Promise.resolve();
  /** The page was away, and has not yet read how its tasks stand. */
  isStale = false;
  /** Persistence was asked for: what was answered before lies on disk, which costs a transaction to look at. */
  #hasAsked = false;
  readonly #ownership: Ownership;
  /** The background launch that it was opened in. */
  readonly #launch: Launch | undefined;
  readonly #launched: LaunchedSession = { end: () => this.#endLaunch() };
  #isOpen = false;
  /** The delegate may be told. */
  #hasBegun = false;
  #tellBegun = (): void => {};
  readonly #begun = new Promise<void>((resolve) => {
    this.#tellBegun = resolve;
  });
  /** It takes no more tasks, and ends with those that it has. */
  #finishing: Finishing | undefined;
  #closing: Promise<void> | undefined;
  /** Why it is over, if it was not closed. */
  #reason: SessionError | undefined;
  /** The delegate has got its last message. */
  #isGone = false;
  #isMeeting = false;
  /** The daemon as it is on disk. */
  #known: KnownDaemon | undefined;
  /** Called when the session begins to close, with a promise for the end of that. */
  onClose: (closed: Promise<void>) => void = () => {};
  #sweepTimer: ReturnType<typeof setTimeout> | undefined;
  #mustSweepAgain = false;
  readonly #notices: NoticeReader;

  constructor(session: BackgroundSession, identifier: string, options: OpenOptions, link: DaemonLink) {
    this.#session = session;
    this.identifier = identifier;
    this.#delegate = options.delegate ?? {};
    this.#hasReceiver = options.delegate !== undefined || options.completionHandlers !== undefined;
    this.#completionHandlers = options.completionHandlers ?? {};
    this.#link = link;
    this.#launch = link.launchOf(identifier);
    this.database = new Database(namesOf(link.scope).database);
    this.tasks = new TaskRegistry(this);
    this.#batch = new InsertBatch(
      this.database,
      identifier,
      () => this.#recovery,
      (insertions) => this.#tellInserted(insertions),
    );
    this.delivery = new Delivery({
      database: this.database,
      session: identifier,
      delegate: this.#delegate,
      completionHandlers: this.#completionHandlers,
      tasks: this.tasks,
      isLaunched: this.#launch !== undefined,
      onOffered: () => notify(() => this.#delegate.didFinishEvents?.(session)),
      onSettled: (key) => {
        this.tasks.drop(key);
        this.#sweepLater();
      },
    });
    this.#ownership = new Ownership({
      names: namesOf(link.scope),
      identifier,
      onBusy: options.onBusy ?? "observe",
      isThorough: this.#launch !== undefined,
      onPromotion: () => this.#promoted(),
      onLoss: () => void this.#giveWay(),
      onGiveWay: () => void this.#giveWay(),
    });
    link.hasWork = () => this.tasks.hasWork;
    link.owns = () => (this.role === "owner" ? [identifier] : []);
    link.onRest = (isCached) => this.#rest(isCached);
    link.onReturn = () => void this.#return().catch(report);
    link.onFound = () => void this.#recover().then(() => this.#meetAgain());
    link.onLost = (error) => void this.#missedDaemon(error);
    link.onSilence = () => void this.#meetAgain();
    this.#notices = new NoticeReader({
      session: identifier,
      tasks: this.tasks,
      delegate: this.#delegate,
      isDelivering: () => this.#hasReceiver && this.role === "owner",
      onEvents: () => this.#hearOfEvents(),
      onDeleted: () => this.#deleted(),
      onDaemonStarted: () => void this.#recover(),
    });
    link.onNotice = (notice) => this.#notices.hear(notice);
    this.database.onTerminated = () => void this.#recover();
  }

  /** Connects to the disk and the lock at the same time, then to the daemon. */
  async attach(configuration: StoredConfiguration | undefined): Promise<void> {
    // That may take hours: what is read before would be old.
    if (this.#ownership.isPatient) {
      this.#link.bePresent();
      await this.#ownership.claim();
    }
    this.#notices.collect();
    const [{ session, tasks, isChanged }] = await Promise.all([
      openStoredSession(this.database, this.identifier, configuration),
      this.#ownership.isPatient ? undefined : this.#ownership.claim(),
    ]);
    // A worker takes a while to start: what its script said of itself last time is believed until it answers. The very
    // message that starts it holds the page up, so that the caller has its session first.
    const { daemon } = session;
    const known = isKnown(this.#link, daemon) ? daemon.greeting : undefined;
    const met = (known === undefined ? Promise.resolve() : pause(0)).then(() => {
      this.#link.bePresent();
      return greet(this.#link, this.identifier);
    });
    met.catch(() => {});
    const { uploadProtocols } = known ?? (await met);
    // It was taken from us while we opened it.
    if (this.#closing !== undefined) throw this.#reason ?? this.#invalidated();
    this.#incarnation = session.incarnation;
    this.#configuration = session.configuration;
    this.#uploadProtocols = uploadProtocols;
    this.#known = daemon;
    met.then(
      (greeting) => this.#metDaemon(greeting),
      (error) => void this.#missedDaemon(error),
    );
    // A daemon must hear of another configuration before it hears of the first task that is made under it.
    const tellConfigured = () => this.#link.tell({ type: "configured", session: this.identifier });
    if (isChanged) tellConfigured();
    else if (configuration !== undefined) met.then(tellConfigured, () => {});
    for (const row of tasks) this.tasks.handleOf(taskInfoOf(row));
    this.#link.watch();
    this.#isOpen = true;
    this.#tellRole();
    // A page before this one may have gone before its own sweep.
    this.#sweepLater();
    this.#launch?.opened(this.#launched);
    // Not before the caller of open() has its session in hand; in a launch not before the app has its handler (L2).
    const ready = this.#launch?.handled ?? Promise.resolve();
    void ready.then(() => setTimeout(() => this.#beginMessages(), 0));
  }

  #metDaemon(greeting: Greeting): void {
    if (this.#closing !== undefined) return;
    this.#uploadProtocols = greeting.uploadProtocols;
    const script = this.#link.registration?.active?.scriptURL;
    if (script === undefined || JSON.stringify(this.#known) === JSON.stringify({ script, greeting })) return;
    this.#known = { script, greeting };
    keepDaemon(this.database, this.identifier, this.#known).catch(() => {});
    // An app that deletes its databases at logout may be deployed under another script's name afterwards.
    if (this.#link.isOwnScript) noteScript(this.database, pathOf(script)).catch(() => {});
  }

  /** Greets a daemon that is another one now, or says nothing. It tells how the tasks stand, and takes up new ones. */
  async #meetAgain(): Promise<void> {
    if (!this.#isOpen || this.#isMeeting) return;
    this.#isMeeting = true;
    // On a busy machine a worker may take longer to start than anybody waits who is just opening a session.
    await greet(this.#link, this.identifier)
      .catch(() => greet(this.#link, this.identifier))
      .then((greeting) => this.#metDaemon(greeting))
      .catch((error) => this.#missedDaemon(error));
    this.#isMeeting = false;
  }

  async #missedDaemon(error: SessionError): Promise<void> {
    if (this.#closing !== undefined) return;
    await keepDaemon(this.database, this.identifier, undefined).catch(() => {});
    await this.invalidate(error);
  }

  #beginMessages(): void {
    if (!this.#isOpen || this.#hasBegun || this.#closing !== undefined) return;
    this.#hasBegun = true;
    this.#tellBegun();
    this.#notices.begin();
    // A window has it, or came first: nothing is left to be done in this launch.
    if (this.#launch !== undefined && this.role !== "owner") void this.#giveWay();
    else this.#startDelivery();
  }

  get daemon(): DaemonKind {
    return this.#link.kind;
  }

  get role(): Role {
    return this.#ownership.role;
  }

  get configuration(): StoredConfiguration {
    return this.#configuration;
  }

  /** @throws SessionError when the session is over */
  check(): void {
    if (!this.#isOpen || this.#closing !== undefined) throw this.#invalidated();
  }

  /** @throws TypeError or SessionError when the daemon cannot send an upload that way */
  checkUpload(protocol: UploadProtocolName | undefined): void {
    if (this.#uploadProtocols === undefined) {
      const message =
        "The service worker is of a version that has no uploads yet. Reload the page to get the new one.";
      throw new SessionError("daemon-outdated", message, { identifier: this.identifier });
    }
    if (protocol === undefined || this.#uploadProtocols.includes(protocol)) return;
    throw new TypeError(
      `The service worker has not been given the protocol "${protocol}". In its script: ` +
        `import { ${protocol} } from "background-session/${protocol}"; startDaemon({ uploadProtocols: [${protocol}] }).`,
    );
  }

  /** @throws SessionError when it takes no more tasks */
  checkMaking(): void {
    this.check();
    if (this.#finishing === undefined) return;
    const message = `The session "${this.identifier}" takes no more tasks: it was told to finish.`;
    throw new SessionError("session-invalidated", message, { identifier: this.identifier });
  }

  #invalidated(): SessionError {
    const why = this.#reason?.message ?? `The session "${this.identifier}" was closed.`;
    const message = `${why} This object is of no use any more; open the session again.`;
    return new SessionError("session-invalidated", message, { identifier: this.identifier });
  }

  /** Takes a new task: on disk at the end of this turn. */
  insert(task: NewTask, body: BodyContent | Promise<BodyContent> | undefined): BackgroundTask {
    const { handler } = task.row.completion ?? {};
    if (handler !== undefined && this.#hasReceiver && !Object.hasOwn(this.#completionHandlers, handler)) {
      warnOnce(
        `The completion handler "${handler}" is not among this session's completionHandlers: nobody calls it, unless ` +
          "another page or your worker's launch has it.",
      );
    }
    const insertion = this.#batch.add(task, body);
    const stored = insertion.then(({ isInserted }): ResumeResult => ({ inserted: isInserted }));
    const model = new TaskModel(this, taskInfoOf(task.row), stored);
    const handle = new BackgroundTask(model);
    this.tasks.add(handle);
    insertion.then(
      (result) => this.#inserted(handle, model, result),
      (error: unknown) => this.#notInserted(handle, model, error),
    );
    return handle;
  }

  async control(model: TaskModel, action: TaskAction): Promise<void> {
    if (action === "resume" && this.#batch.resume(model.info.key, Date.now())) {
      await model.stored;
      return;
    }
    const { inserted } = await model.stored;
    // A handle that mirrors an older task leaves that one as it is.
    if (!inserted) return;
    this.check();
    await this.#link.request({
      type: "control",
      session: this.identifier,
      key: model.info.key,
      action,
    });
    if (action === "resume") await this.#link.askForSync();
  }

  async resumeData({ info }: TaskModel): Promise<ResumeData | undefined> {
    const row = await readTask(this.database, this.identifier, info.key);
    return row && resumeDataOf(taskInfoOf(row));
  }

  prioritize(model: TaskModel, priority: number): void {
    this.check();
    model.info = { ...model.info, priority };
    const { key } = model.info;
    model.stored
      .then(() => this.#link.tell({ type: "prioritize", session: this.identifier, key, priority }))
      .catch(() => {});
  }

  async result({ info }: TaskModel): Promise<TaskResult> {
    try {
      const row = await readTask(this.database, this.identifier, info.key);
      if (row !== undefined) return await readResult(this.database, row);
    } catch (error) {
      return { error: error as SessionError };
    }
    const response = info.response && responseOf(info.response, null);
    const failure = info.failure ?? GONE;
    return { ...(response && { response }), error: SessionError.from(failure, { taskId: info.id }) };
  }

  /**
   * Lets go (S8). Tasks run on. Who waits for it cannot be known: what has been called and has not settled may itself
   * be waiting, so that it is not waited for, but acknowledged yet before another may have the session.
   */
  close(): Promise<void> {
    const closed = this.invalidate(undefined);
    return this.delivery.isCalling ? this.#batch.settled() : closed;
  }

  /**
   * Refuses new tasks and ends when those that are there have finished and their events were offered (S6). If it is
   * asked for in the middle of a call, others' events go on, and nobody waits for the end of that call.
   */
  finish(): Promise<void> {
    this.check();
    this.#finishing ??= this.#finish();
    const { offered, over } = this.#finishing;
    if (!this.delivery.isCalling) return over;
    this.delivery.setAside();
    return offered.then(() => (this.delivery.isAside ? undefined : over));
  }

  /** The same, after cancelling them. */
  cancelAll(): Promise<void> {
    const finished = this.finish();
    for (const task of this.tasks.unfinished()) void task.cancel();
    return finished;
  }

  #finish(): Finishing {
    const offered = this.#offerAll();
    const end = async (): Promise<void> => {
      await this.delivery.untilNoneAside();
      await this.invalidate(undefined);
    };
    // A launch whose function waits for this would never begin to deliver: by this the app says that it is ready.
    if (this.#launch !== undefined) setTimeout(() => this.#beginMessages(), 0);
    return { offered, over: offered.then(end) };
  }

  async #offerAll(): Promise<void> {
    const models = this.tasks.unfinished().map((task) => BackgroundTask.modelOf(task));
    await this.#batch.settled();
    await Promise.all(models.map((model) => model.finished));
    await this.#begun;
    if (this.role === "owner" && this.#hasReceiver) await this.delivery.drained();
  }

  /** Ends this session object; `didBecomeInvalid` is the last that its delegate hears. */
  invalidate(error: SessionError | undefined): Promise<void> {
    if (this.#closing === undefined) {
      this.#reason = error;
      this.#closing = this.#close(error);
      this.onClose(this.#closing);
    }
    return this.#closing;
  }

  async #close(error: SessionError | undefined): Promise<void> {
    // The delivery under way may still be acknowledged: else the next owner gets it a second time.
    await Promise.race([
      Promise.all([this.delivery.stop(), this.#batch.settled(), this.#recovery]).catch(report),
      new Promise((resolve) => setTimeout(resolve, CLOSING_MS)),
    ]);
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#tellBegun();
    for (const task of this.tasks.unfinished()) BackgroundTask.modelOf(task).abandon(this.#invalidated());
    clearTimeout(this.#sweepTimer);
    this.#link.close();
    this.database.close();
    // Until it is free, the next session of this page would find it taken.
    await this.#ownership.release();
    this.#link.setOwned(this.identifier, false);
    this.#isGone = true;
    if (wasOpen) notify(() => this.#delegate.didBecomeInvalid?.(this.#session, error));
    this.#launch?.closed(this.#launched);
  }

  /** Another realm has the session: the event in hand is settled, the rest goes there (S2, S3). */
  async #giveWay(): Promise<void> {
    await this.invalidate(takenOver(this.identifier));
    this.#launch?.gaveWay();
  }

  async #endLaunch(): Promise<number> {
    await this.invalidate(undefined);
    return this.delivery.offeredUpTo;
  }

  /**
   * A page in the back/forward cache lets go. One that is frozen keeps the session until somebody asks for it (S10), but
   * does not wait for more.
   */
  #rest(isCached: boolean): void {
    if (!this.#isOpen) return;
    this.isStale = true;
    void this.delivery.stop();
    this.#ownership.rest({ keepsLock: !isCached });
    // It would not hear that another realm wants to delete the database, or to raise its version.
    this.database.close();
  }

  /** It is back, and has missed everything that happened since. */
  async #return(): Promise<void> {
    if (!this.#isOpen || this.#closing !== undefined) return;
    await this.#ownership.takeUp();
    this.#tellRole();
    await this.#recovery;
    const kept = await readSession(this.database, this.identifier);
    if (kept?.incarnation !== this.#incarnation) return this.#deleted();
    await this.#refresh();
    this.isStale = false;
    this.#startDelivery();
    await this.#meetAgain();
  }

  #tellRole(): void {
    this.#link.setOwned(this.identifier, this.role === "owner");
  }

  #hearOfEvents(): void {
    if (this.role === "owner") this.delivery.pump();
    // Events that lie there may mean an owner that does not move any more.
    else void this.#ownership.doubt();
  }

  #promoted(): void {
    if (!this.#isOpen || this.#closing !== undefined) return;
    this.#tellRole();
    // While it is being opened, the caller learns it from the role.
    if (!this.#hasBegun) return;
    notify(() => this.#delegate.didBecomeOwner?.(this.#session));
    this.#startDelivery();
  }

  #startDelivery(): void {
    if (this.role !== "owner" || !this.#hasBegun || this.#closing !== undefined) return;
    // A session that nobody listens to must not swallow what others wait for.
    if (this.#hasReceiver) this.delivery.start();
  }

  #inserted(handle: BackgroundTask, model: TaskModel, { isInserted, row }: Insertion): void {
    if (isInserted) {
      // A successor has more on disk than was known when it was made; what it does the daemon may have said already.
      const info = taskInfoOf(row);
      const { state, activity } = model.info;
      model.update(info.state === state ? { ...info, activity } : info);
      return;
    }
    this.tasks.drop(model.info.key);
    const stored = this.tasks.handleOf(taskInfoOf(row));
    BackgroundTask.mirror(handle, BackgroundTask.modelOf(stored));
  }

  #notInserted(handle: BackgroundTask, model: TaskModel, error: unknown): void {
    const failure: Failure =
      error instanceof SessionError
        ? failureOf(error)
        : { code: "storage-lost", message: `The task could not be stored: ${String(error)}` };
    this.#failLocally(handle, model, failure);
  }

  /** The task ends here and now, without a trace on disk. */
  #failLocally(handle: BackgroundTask, model: TaskModel, failure: Failure): void {
    model.fail(failure);
    this.tasks.drop(model.info.key);
    if (this.role !== "owner" || this.#isGone) return;
    const info = { eventId: crypto.randomUUID(), delivery: 1 };
    notify(() => this.#delegate.didComplete?.(handle, handle.error, info));
  }

  async #tellInserted(insertions: readonly Insertion[]): Promise<void> {
    const keys = insertions.flatMap(({ isInserted, row, replaced }) => [
      ...(replaced === undefined ? [] : [replaced]),
      ...(isInserted ? [row.key] : []),
    ]);
    for (let start = 0; start < keys.length; start += KEYS_A_COMMAND) {
      const some = keys.slice(start, start + KEYS_A_COMMAND);
      this.#link.tell({ type: "inserted", session: this.identifier, keys: some });
    }
    this.#askOnce();
    if (insertions.some(({ isInserted, row }) => isInserted && row.state === "running")) {
      await this.#link.askForSync();
    }
  }

  #askOnce(): void {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    void askForPersistence(this.database).catch(() => {});
  }

  /** Reads how every task stands: notices were missed. */
  async #refresh(lost = GONE): Promise<void> {
    const rows = await liveTasks(this.database, this.identifier);
    for (const row of rows) this.#takeFrom(row);
    const stored = new Set(rows.map(({ key }) => key));
    for (const task of this.tasks.unfinished()) {
      if (!stored.has(BackgroundTask.modelOf(task).info.key)) void this.#catchUp(task, lost).catch(report);
    }
    this.delivery.pump();
  }

  /** The daemon knows more of a running task than the row says, and tells it. */
  #takeFrom(row: TaskRow): void {
    const known = this.tasks.get(row.key);
    const before = known && BackgroundTask.modelOf(known).info;
    const isSame = before?.state === "running" && row.state === "running";
    const info = taskInfoOf(row, isSame ? farther(before, row) : undefined);
    if (before === undefined || CHANGING.some((name) => info[name] !== before[name]))
      this.#notices.update(info);
    if (row.settledAt !== undefined) this.tasks.drop(row.key);
  }

  /** A task that is not among the unfinished ones: it has ended, or is not yet stored. */
  async #catchUp(task: BackgroundTask, lost: Failure): Promise<void> {
    const model = BackgroundTask.modelOf(task);
    const isStored = await model.stored.then(
      ({ inserted }) => inserted,
      () => false,
    );
    if (!isStored) return;
    const row = await readTask(this.database, this.identifier, model.info.key);
    if (row !== undefined) this.#takeFrom(row);
    else if (lost !== GONE) this.#failLocally(task, model, lost);
    else {
      // Another realm got its events.
      model.fail(GONE);
      this.tasks.drop(model.info.key);
      notify(() => this.#delegate.didChangeTask?.(task));
    }
  }

  #deleted(): void {
    const failure: Failure = { code: "cancelled", message: `The session "${this.identifier}" was deleted.` };
    for (const task of this.tasks.unfinished()) BackgroundTask.modelOf(task).fail(failure);
    const error = new SessionError("session-invalidated", failure.message, { identifier: this.identifier });
    void this.invalidate(error).then(() => this.#launch?.gaveWay());
  }

  #recover(): Promise<void> {
    this.#recovery = this.#recovery.then(() => this.#checkData()).catch(report);
    return this.#recovery;
  }

  /** The browser may have taken the database away. Says what is lost with it, and starts clean (X6). */
  async #checkData(): Promise<void> {
    if (this.#closing !== undefined) return;
    const kept = await readSession(this.database, this.identifier);
    if (kept?.incarnation === this.#incarnation) return this.#refresh();
    const { session } = await openStoredSession(this.database, this.identifier, this.#configuration);
    this.#incarnation = session.incarnation;
    this.#link.tell({ type: "configured", session: this.identifier });
    await this.#refresh(DATA_LOST);
  }

  /** What settles while a sweep is waited for is too young for that one, and has another. */
  #sweepLater(): void {
    this.#mustSweepAgain = this.#sweepTimer !== undefined;
    this.#sweepTimer ??= setTimeout(() => {
      this.#sweepTimer = undefined;
      sweepSettled(this.database, Date.now()).catch(() => {});
      if (this.#mustSweepAgain) this.#sweepLater();
    }, SETTLED_GRACE_MS + 1_000);
  }
}

const GONE: Failure = {
  code: "file-missing",
  message:
    "The events of the task were settled and its bytes deleted. Ask for `completed` before the task ends.",
};

const DATA_LOST: Failure = {
  code: "storage-lost",
  message: "The browser deleted this site's data, and with it the task. Make it again.",
};

/** What can change of a task while nobody listens. */
const CHANGING = ["state", "activity", "priority", "attempts", "bytesReceived", "bytesSent"] as const;

/** A row is as old as the last checkpoint. */
function farther(known: TaskInfo, row: TaskRow): LiveFacts {
  const { activity, bytesReceived, bytesSent } = known;
  return {
    activity,
    bytesReceived: Math.max(bytesReceived, row.bytesReceived),
    bytesSent: Math.max(bytesSent, row.upload?.bytesAcknowledged ?? 0),
  };
}

function takenOver(identifier: string): SessionError {
  const message = `Another tab took the session "${identifier}" over. Its tasks run on.`;
  return new SessionError("session-taken-over", message, { identifier });
}
