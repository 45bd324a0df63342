import type { StoredConfiguration } from "../../protocol/configuration.ts";
import { DEFAULT_CONFIGURATION } from "../../protocol/configuration.ts";
import type { DaemonKind } from "../../protocol/daemon-kind.ts";
import type { Launch, LaunchedSession } from "../../protocol/local-daemon.ts";
import { namesOf } from "../../protocol/names.ts";
import type { Notice } from "../../protocol/notices.ts";
import { type Failure, SessionError } from "../../protocol/session-error.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { Database } from "../../store/database.ts";
import type { NewTask } from "../../store/insert.ts";
import type { BodyContent } from "../../store/schema.ts";
import { openStoredSession } from "../../store/sessions.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";
import type { BackgroundSession } from "../background-session.ts";
import type { DaemonLink, LinkedSession } from "../daemon/daemon-link.ts";
import type { SessionDelegate } from "../events/delegate.ts";
import { Delivery } from "../events/delivery.ts";
import { NoticeReader } from "../events/notice-reader.ts";
import { Ownership, type Role } from "../ownership/ownership.ts";
import { notify, report } from "../report.ts";
import { TaskHandle } from "../tasks/task-handle.ts";
import { TaskRegistry } from "../tasks/task-registry.ts";
import { warnOnce } from "../warn.ts";
import { DaemonGreeting } from "./daemon-greeting.ts";
import { Ending } from "./ending.ts";
import { Insertions } from "./insertions.ts";
import { Life } from "./life.ts";
import type { OpenOptions } from "./open-options.ts";
import { GONE, Reattachment } from "./reattachment.ts";
import { SweepTimer } from "./sweep-timer.ts";
import { TaskOperations } from "./task-operations.ts";

/** A session object: it puts its parts together, and passes on what happens around it. */
export class SessionCore implements LinkedSession {
  readonly identifier: string;
  readonly database: Database;
  readonly tasks: TaskRegistry;
  readonly delivery: Delivery;
  readonly ending: Ending;
  configuration: StoredConfiguration = DEFAULT_CONFIGURATION;
  readonly #session: BackgroundSession;
  readonly #delegate: SessionDelegate;
  readonly #hasReceiver: boolean;
  readonly #completionHandlers: NonNullable<OpenOptions["completionHandlers"]>;
  readonly #link: DaemonLink;
  readonly #life: Life;
  readonly #daemon: DaemonGreeting;
  readonly #operations: TaskOperations;
  readonly #insertions: Insertions;
  readonly #reattachment: Reattachment;
  readonly #ownership: Ownership;
  readonly #notices: NoticeReader;
  readonly #sweep: SweepTimer;
  /** The background launch in which it was opened. */
  readonly #launch: Launch | undefined;
  readonly #launched: LaunchedSession = { end: () => this.#endLaunch() };
  /** @param onClose called when the session begins to close, with a promise that settles when it is gone */
  constructor(
    session: BackgroundSession,
    identifier: string,
    options: OpenOptions,
    link: DaemonLink,
    onClose: (closed: Promise<void>) => void,
  ) {
    const { delegate = {}, completionHandlers = {}, onBusy = "observe" } = options;
    const { database } = link;
    const launch = link.launchOf(identifier);
    const life = new Life(identifier);
    this.#session = session;
    this.identifier = identifier;
    this.database = database;
    this.#delegate = delegate;
    this.#hasReceiver = options.delegate !== undefined || options.completionHandlers !== undefined;
    this.#completionHandlers = completionHandlers;
    this.#link = link;
    this.#launch = launch;
    this.#life = life;
    this.#sweep = new SweepTimer(database);
    this.#daemon = new DaemonGreeting(link, identifier, life, (error) => void this.onLost(error));
    this.#operations = new TaskOperations(
      identifier,
      link,
      life,
      (key) => this.#insertions.resume(key),
      () => this.onSilence(),
    );
    const tasks = new TaskRegistry(this.#operations);
    this.tasks = tasks;
    const onFailure = (task: TaskHandle, failure: Failure): void => this.#failLocally(task, failure);
    const recovered = (): Promise<void> => this.#reattachment.recovered;
    const isDelivering = (): boolean => this.#hasReceiver && this.isOwner;
    const giveWay = (): void => void this.#giveWay();
    this.#insertions = new Insertions({
      identifier,
      link,
      operations: this.#operations,
      tasks,
      recovered,
      onFailure,
    });
    this.delivery = new Delivery({
      database,
      session: identifier,
      delegate,
      completionHandlers,
      tasks,
      isLaunched: launch !== undefined,
      onOffered: () => notify(() => delegate.didFinishEvents?.(session)),
      onSettled: (key) => {
        tasks.drop(key);
        this.#sweep.start();
      },
    });
    this.#ownership = new Ownership({
      names: namesOf(link.scope),
      identifier,
      onBusy,
      isThorough: launch !== undefined,
      onPromotion: () => this.#onPromotion(),
      onLoss: giveWay,
      onGiveWay: giveWay,
    });
    this.#notices = new NoticeReader({
      session: identifier,
      tasks,
      delegate,
      isDelivering,
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
      onRestored: () => this.#operations.tellConfigured(),
      onRefreshed: () => this.delivery.pump(),
    });
    this.ending = new Ending({
      identifier,
      life,
      tasks,
      delivery: this.delivery,
      insertions: this.#insertions,
      recovered,
      isDelivering,
      onClose,
      release: () => this.#release(),
      onGone: (wasOpen) => {
        if (wasOpen) notify(() => delegate.didBecomeInvalid?.(session, life.reason));
        launch?.closed(this.#launched);
      },
    });
    link.join(this);
  }

  /** Connects to the disk and the lock at the same time, then to the daemon. */
  async attach(configuration: StoredConfiguration | undefined): Promise<void> {
    // This may take hours: whatever was read before would be old.
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
    // Another realm may have taken it while it was being opened.
    if (this.#life.isOver) throw this.#life.reason ?? this.#life.invalidated();
    this.#reattachment.found(session);
    this.configuration = session.configuration;
    met.catch((error) => this.onLost(error));
    // A daemon must hear of another configuration before it hears of the first task that is made under it.
    const tellConfigured = (): void => this.#operations.tellConfigured();
    if (isChanged) tellConfigured();
    else if (configuration !== undefined) met.then(tellConfigured, () => {});
    for (const row of tasks) this.tasks.handleOf(taskInfoOf(row));
    this.#link.watch();
    this.#life.on("opened");
    this.#tellRole();
    // The page before this one may have gone before its own sweep.
    this.#sweep.start();
    this.#launch?.opened(this.#launched);
    // Not before the caller of open() has its session, and in a launch not before the app has its handler (L2).
    const ready = this.#launch?.handled ?? Promise.resolve();
    void ready.then(() => setTimeout(() => this.#beginMessages(), 0));
  }

  #beginMessages(): void {
    if (!this.#life.on("begin")) return;
    this.#notices.begin();
    // If a window has the session, or came first, there is nothing left to do in this launch.
    if (this.#launch !== undefined && !this.isOwner) void this.#giveWay();
    else this.#startDelivery();
  }

  get kind(): DaemonKind {
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

  /** Takes a new task: on disk at the end of this turn. */
  insert(task: NewTask, body: BodyContent | Promise<BodyContent> | undefined): TaskHandle {
    const { handler } = task.row.completion ?? {};
    if (handler !== undefined && this.#hasReceiver && !Object.hasOwn(this.#completionHandlers, handler)) {
      warnOnce(
        `The completion handler "${handler}" is not among this session's completionHandlers: nobody calls it, unless ` +
          "another page or your worker's launch has it.",
      );
    }
    return this.#insertions.add(task, body);
  }

  finish(): Promise<void> {
    const finished = this.ending.finish();
    // A launch whose function waits for this would never begin to deliver: by this the app says that it is ready.
    if (this.#launch !== undefined) setTimeout(() => this.#beginMessages(), 0);
    return finished;
  }

  cancelAll(): Promise<void> {
    const finished = this.finish();
    for (const task of this.tasks.unfinished()) void task.cancel();
    return finished;
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
    this.#operations.isStale = true;
    void this.delivery.stop();
    this.#ownership.rest({ keepsLock: !isCached });
  }

  onReturn(): void {
    this.#return().catch(report);
  }

  /** The page has missed everything that happened meanwhile. */
  async #return(): Promise<void> {
    if (!this.#life.isOpen) return;
    await this.#ownership.takeUp();
    this.#tellRole();
    await this.#reattachment.recovered;
    if (!(await this.#reattachment.isStored())) return this.#onDeleted();
    await this.#reattachment.refresh();
    this.#operations.isStale = false;
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
    await this.ending.invalidate(error);
  }

  onDataLost(): void {
    void this.#recover();
  }

  #recover(): Promise<void> {
    return this.#reattachment.recover(() => !this.#life.isOver);
  }

  async #release(): Promise<void> {
    this.#sweep.stop();
    this.#link.leave(this);
    // Until it is free, the next session of this page would find it taken.
    await this.#ownership.release();
    this.#link.setOwned(this.identifier, false);
  }

  /** Another realm has the session: the event in hand is settled, the others go there. */
  async #giveWay(): Promise<void> {
    await this.ending.invalidate(takenOver(this.identifier));
    this.#launch?.gaveWay();
  }

  async #endLaunch(): Promise<number> {
    await this.ending.invalidate(undefined);
    return this.delivery.offeredUpTo;
  }

  #tellRole(): void {
    this.#link.setOwned(this.identifier, this.isOwner);
  }

  #onEvents(): void {
    if (this.isOwner) this.delivery.pump();
    // Events that stay there may mean that the owner does not move any more.
    else void this.#ownership.doubt();
  }

  #onPromotion(): void {
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
    void this.ending.invalidate(error).then(() => this.#launch?.gaveWay());
  }
}

function takenOver(identifier: string): SessionError {
  const message = `Another tab took over the session "${identifier}". Its tasks continue.`;
  return new SessionError("session-taken-over", message, { identifier });
}
