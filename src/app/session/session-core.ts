import type { Command, TaskAction } from "../../protocol/commands.ts";
import type { StoredConfiguration } from "../../protocol/configuration.ts";
import { DEFAULT_CONFIGURATION } from "../../protocol/configuration.ts";
import type { DaemonKind } from "../../protocol/daemon-kind.ts";
import type { Launch, LaunchedSession } from "../../protocol/local-daemon.ts";
import { namesOf } from "../../protocol/names.ts";
import type { Notice } from "../../protocol/notices.ts";
import type { ResumeData } from "../../protocol/resume-data.ts";
import { type Failure, SessionError } from "../../protocol/session-error.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { Database } from "../../store/database.ts";
import type { NewTask } from "../../store/insert.ts";
import type { BodyContent } from "../../store/schema.ts";
import { openStoredSession } from "../../store/sessions.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";
import { readTask } from "../../store/tasks.ts";
import type { BackgroundSession } from "../background-session.ts";
import type { DaemonLink, LinkedSession } from "../daemon/daemon-link.ts";
import type { SessionDelegate } from "../events/delegate.ts";
import { Delivery } from "../events/delivery.ts";
import { NoticeReader } from "../events/notice-reader.ts";
import { Ownership, type Role } from "../ownership/ownership.ts";
import { pause } from "../pause.ts";
import { notify, report } from "../report.ts";
import { TaskHandle } from "../tasks/task-handle.ts";
import type { TaskModel, TaskPort } from "../tasks/task-model.ts";
import { TaskRegistry } from "../tasks/task-registry.ts";
import { readResult, responseOf, resumeDataOf, type TaskResult } from "../tasks/task-result.ts";
import { warnOnce } from "../warn.ts";
import { DaemonGreeting } from "./daemon-greeting.ts";
import { Insertions } from "./insertions.ts";
import { Life } from "./life.ts";
import type { OpenOptions } from "./open-options.ts";
import { GONE, Reattachment } from "./reattachment.ts";
import { SweepTimer } from "./sweep-timer.ts";

/** How long a session that is being closed waits for its delegate. */
const CLOSING_MS = 5_000;

interface Finishing {
  /** Everything was offered, but for what waits behind a call that was set aside. */
  readonly offered: Promise<void>;
  /** The session is invalid. */
  readonly over: Promise<void>;
}

/** A session object: its life, and the parts it is made of. */
export class SessionCore implements TaskPort, LinkedSession {
  readonly identifier: string;
  readonly database: Database;
  readonly tasks: TaskRegistry;
  readonly delivery: Delivery;
  readonly #session: BackgroundSession;
  readonly #delegate: SessionDelegate;
  readonly #hasReceiver: boolean;
  readonly #completionHandlers: OpenOptions["completionHandlers"];
  readonly #link: DaemonLink;
  readonly #life: Life;
  readonly #daemon: DaemonGreeting;
  readonly #insertions: Insertions;
  readonly #reattachment: Reattachment;
  readonly #ownership: Ownership;
  readonly #notices: NoticeReader;
  readonly #sweep: SweepTimer;
  /** Aborted when the session has been closed: its commands are sent no more. */
  readonly #closed = new AbortController();
  /** The background launch in which it was opened. */
  readonly #launch: Launch | undefined;
  readonly #launched: LaunchedSession = { end: () => this.#endLaunch() };
  configuration: StoredConfiguration = DEFAULT_CONFIGURATION;
  /** The page was away, and has not yet read how its tasks stand. */
  isStale = false;
  /** It takes no more tasks, and ends with those that it has. */
  #finishing: Finishing | undefined;
  #closing: Promise<void> | undefined;
  /** Called when the session begins to close, with a promise for the end of that. */
  onClose: (closed: Promise<void>) => void = () => {};

  constructor(session: BackgroundSession, identifier: string, options: OpenOptions, link: DaemonLink) {
    const { delegate = {}, completionHandlers = {} } = options;
    const { database } = link;
    this.#session = session;
    this.identifier = identifier;
    this.database = database;
    this.#delegate = delegate;
    this.#hasReceiver = options.delegate !== undefined || options.completionHandlers !== undefined;
    this.#completionHandlers = completionHandlers;
    this.#link = link;
    this.#launch = link.launchOf(identifier);
    this.#life = new Life(identifier);
    this.#sweep = new SweepTimer(database);
    this.#daemon = new DaemonGreeting(
      link,
      identifier,
      () => this.#life.isOver,
      (error) => void this.onLost(error),
    );
    const tasks = new TaskRegistry(this);
    this.tasks = tasks;
    const onFailure = (task: TaskHandle, failure: Failure): void => this.#failLocally(task, failure);
    this.#insertions = new Insertions({
      identifier,
      link,
      port: this,
      tasks,
      whenStored: () => this.#reattachment.recovered,
      tell: (command) => this.#tell(command),
      onFailure,
    });
    this.delivery = new Delivery({
      database,
      session: identifier,
      delegate,
      completionHandlers,
      tasks,
      isLaunched: this.#launch !== undefined,
      onOffered: () => notify(() => delegate.didFinishEvents?.(session)),
      onSettled: (key) => {
        tasks.drop(key);
        this.#sweep.start();
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
    this.#notices = new NoticeReader({
      session: identifier,
      tasks,
      delegate,
      isDelivering: () => this.#hasReceiver && this.isOwner,
      onEvents: () => this.#onEvents(),
      onDeleted: () => this.#onDeleted(),
      onDaemonStarted: () => this.onDataLost(),
    });
    this.#reattachment = new Reattachment({
      identifier,
      database,
      tasks,
      onInfo: (info) => this.#notices.update(info),
      onFailure,
      onGone: (task) => {
        TaskHandle.modelOf(task).fail(GONE);
        tasks.drop(TaskHandle.modelOf(task).info.key);
        notify(() => delegate.didChangeTask?.(task));
      },
      onRestored: () => this.#tellConfigured(),
      onRefreshed: () => this.delivery.pump(),
    });
    link.join(this);
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
    const { met } = await this.#daemon.begin(session.daemon);
    // It was taken from us while we opened it.
    if (this.#life.isOver) throw this.#life.reason ?? this.#life.invalidated();
    this.#reattachment.found(session);
    this.configuration = session.configuration;
    met.catch((error) => this.onLost(error));
    // A daemon must hear of another configuration before it hears of the first task that is made under it.
    if (isChanged) this.#tellConfigured();
    else if (configuration !== undefined)
      met.then(
        () => this.#tellConfigured(),
        () => {},
      );
    for (const row of tasks) this.tasks.handleOf(taskInfoOf(row));
    this.#link.watch();
    this.#life.on("opened");
    this.#tellRole();
    // A page before this one may have gone before its own sweep.
    this.#sweep.start();
    this.#launch?.opened(this.#launched);
    // Not before the caller of open() has its session in hand; in a launch not before the app has its handler (L2).
    const ready = this.#launch?.handled ?? Promise.resolve();
    void ready.then(() => setTimeout(() => this.#beginMessages(), 0));
  }

  #beginMessages(): void {
    if (!this.#life.on("begin")) return;
    this.#notices.begin();
    // If a window has it or came first, nothing is left to be done in this launch.
    if (this.#launch !== undefined && !this.isOwner) void this.#giveWay();
    else this.#startDelivery();
  }

  get daemon(): DaemonKind {
    return this.#link.kind;
  }

  get role(): Role {
    return this.#ownership.role;
  }

  get isOwner(): boolean {
    return this.role === "owner";
  }

  get hasWork(): boolean {
    return this.tasks.hasWork;
  }

  /** @throws SessionError if the session is over */
  check(): void {
    this.#life.check();
  }

  /** @throws TypeError or SessionError if the daemon cannot send an upload that way */
  checkUpload(protocol: UploadProtocolName | undefined): void {
    this.#daemon.checkUpload(protocol);
  }

  /** @throws SessionError if it takes no more tasks */
  checkMaking(): void {
    this.check();
    if (this.#finishing === undefined) return;
    const message = `The session "${this.identifier}" takes no more tasks: it was told to finish.`;
    throw new SessionError("session-invalidated", message, { identifier: this.identifier });
  }

  /** Takes a new task: on disk at the end of this turn. */
  insert(task: NewTask, body: BodyContent | Promise<BodyContent> | undefined): TaskHandle {
    const { handler } = task.row.completion ?? {};
    if (
      handler !== undefined &&
      this.#hasReceiver &&
      !Object.hasOwn(this.#completionHandlers ?? {}, handler)
    ) {
      warnOnce(
        `The completion handler "${handler}" is not among this session's completionHandlers: nobody calls it, unless ` +
          "another page or your worker's launch has it.",
      );
    }
    return this.#insertions.add(task, body);
  }

  #request(command: Command): Promise<unknown> {
    return this.#link.request(command, undefined, this.#closed.signal);
  }

  /** Sends a command whose answer nobody waits for. */
  #tell(command: Command): void {
    this.#request(command).catch(({ code }) => {
      if (code === "daemon-missing") this.onSilence();
    });
  }

  async control(model: TaskModel, action: TaskAction): Promise<void> {
    const { key } = model.info;
    if (action === "resume" && this.#insertions.resume(key)) {
      await model.stored;
      return;
    }
    const { inserted } = await model.stored;
    // A handle that mirrors an older task leaves that one as it is.
    if (!inserted) return;
    this.check();
    const command = { type: "control", session: this.identifier, key, action } as const;
    await this.#request(command);
    if (action === "resume") await this.#link.askForSync();
  }

  prioritize(model: TaskModel, priority: number): void {
    this.check();
    model.info = { ...model.info, priority };
    const { key } = model.info;
    model.stored
      .then(() => this.#tell({ type: "prioritize", session: this.identifier, key, priority }))
      .catch(() => {});
  }

  async resumeData({ info }: TaskModel): Promise<ResumeData | undefined> {
    const row = await readTask(this.database, this.identifier, info.key);
    return row && resumeDataOf(taskInfoOf(row));
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
   * Gives up the session; its tasks continue. A call that has not settled may itself be waiting for this, so that it is
   * not waited for, but it is acknowledged before another realm may have the session.
   */
  close(): Promise<void> {
    const closed = this.invalidate(undefined);
    return this.delivery.isCalling ? this.#insertions.settled() : closed;
  }

  /**
   * Refuses new tasks and ends when the others have finished and their events were offered. If this is asked for in the
   * middle of a call, other tasks' events go on, and nobody waits for the end of that call.
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
    const models = this.tasks.unfinished().map((task) => TaskHandle.modelOf(task));
    await this.#insertions.settled();
    await Promise.all(models.map((model) => model.finished));
    await this.#life.begun;
    if (this.isOwner && this.#hasReceiver) await this.delivery.drained();
  }

  /** Ends this session object; `didBecomeInvalid` is the last that its delegate hears. */
  invalidate(error: SessionError | undefined): Promise<void> {
    if (this.#closing === undefined) {
      const wasOpen = this.#life.isOpen;
      this.#life.on("close");
      this.#life.reason = error;
      this.#closing = this.#close(wasOpen);
      this.onClose(this.#closing);
    }
    return this.#closing;
  }

  async #close(wasOpen: boolean): Promise<void> {
    // The delivery under way may still be acknowledged: else the next owner gets it a second time.
    await Promise.race([
      Promise.all([this.delivery.stop(), this.#insertions.settled(), this.#reattachment.recovered]).catch(
        report,
      ),
      pause(CLOSING_MS),
    ]);
    const over = this.#life.invalidated();
    for (const task of this.tasks.unfinished()) TaskHandle.modelOf(task).abandon(over);
    this.#sweep.stop();
    this.#closed.abort();
    this.#link.leave(this);
    // Until it is free, the next session of this page would find it taken.
    await this.#ownership.release();
    this.#link.setOwned(this.identifier, false);
    this.#life.on("closed");
    if (wasOpen) notify(() => this.#delegate.didBecomeInvalid?.(this.#session, this.#life.reason));
    this.#launch?.closed(this.#launched);
  }

  /** Another realm has the session: the event in hand is settled, the rest goes there. */
  async #giveWay(): Promise<void> {
    await this.invalidate(takenOver(this.identifier));
    this.#launch?.gaveWay();
  }

  async #endLaunch(): Promise<number> {
    await this.invalidate(undefined);
    return this.delivery.offeredUpTo;
  }

  onNotice(notice: Notice): void {
    this.#notices.hear(notice);
  }

  /**
   * A page in the back/forward cache gives up the session. A frozen page keeps it until somebody asks for it, but does
   * not queue for more.
   */
  onRest(isCached: boolean): void {
    if (!this.#life.isOpen) return;
    this.isStale = true;
    void this.delivery.stop();
    this.#ownership.rest({ keepsLock: !isCached });
  }

  onReturn(): void {
    this.#return().catch(report);
  }

  /** It is back, and has missed everything that happened since. */
  async #return(): Promise<void> {
    if (!this.#life.isOpen) return;
    await this.#ownership.takeUp();
    this.#tellRole();
    await this.#reattachment.recovered;
    if (!(await this.#reattachment.isStored())) return this.#onDeleted();
    await this.#reattachment.refresh();
    this.isStale = false;
    this.#startDelivery();
    await this.#daemon.again();
  }

  onMoved(): void {
    void this.#recover().then(() => this.onSilence());
  }

  onSilence(): void {
    if (this.#life.isOpen) void this.#daemon.again();
  }

  async onLost(error: SessionError): Promise<void> {
    if (this.#life.isOver) return;
    await this.#daemon.forget();
    await this.invalidate(error);
  }

  onDataLost(): void {
    void this.#recover();
  }

  #recover(): Promise<void> {
    return this.#reattachment.recover(() => !this.#life.isOver);
  }

  #tellRole(): void {
    this.#link.setOwned(this.identifier, this.isOwner);
  }

  #tellConfigured(): void {
    this.#tell({ type: "configured", session: this.identifier });
  }

  #onEvents(): void {
    if (this.isOwner) this.delivery.pump();
    // Events that lie there may mean that the owner has stopped moving.
    else void this.#ownership.doubt();
  }

  #promoted(): void {
    if (!this.#life.isOpen) return;
    this.#tellRole();
    // While it is being opened, the caller learns it from the role.
    if (this.#life.state !== "receiving") return;
    notify(() => this.#delegate.didBecomeOwner?.(this.#session));
    this.#startDelivery();
  }

  #startDelivery(): void {
    // A session that nobody listens to must not swallow what others wait for.
    if (this.isOwner && this.#life.state === "receiving" && this.#hasReceiver) this.delivery.start();
  }

  /** The task ends here and now, without a trace on disk. */
  #failLocally(task: TaskHandle, failure: Failure): void {
    const model = TaskHandle.modelOf(task);
    model.fail(failure);
    this.tasks.drop(model.info.key);
    if (!this.isOwner || this.#life.state === "gone") return;
    const info = { eventId: crypto.randomUUID(), delivery: 1 };
    notify(() => this.#delegate.didComplete?.(task, task.error, info));
  }

  #onDeleted(): void {
    const failure: Failure = { code: "cancelled", message: `The session "${this.identifier}" was deleted.` };
    for (const task of this.tasks.unfinished()) TaskHandle.modelOf(task).fail(failure);
    const error = new SessionError("session-invalidated", failure.message, { identifier: this.identifier });
    void this.invalidate(error).then(() => this.#launch?.gaveWay());
  }
}

function takenOver(identifier: string): SessionError {
  const message = `Another tab took over the session "${identifier}". Its tasks continue.`;
  return new SessionError("session-taken-over", message, { identifier });
}
