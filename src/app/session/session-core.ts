import type { StoredConfiguration } from "../../protocol/configuration.ts";
import { DEFAULT_CONFIGURATION } from "../../protocol/configuration.ts";
import type { DaemonKind } from "../../protocol/daemon-kind.ts";
import type { Launch, LaunchedSession } from "../../protocol/local-daemon.ts";
import type { Notice } from "../../protocol/notices.ts";
import type { Failure, SessionError } from "../../protocol/session-error.ts";
import type { Database } from "../../store/database.ts";
import type { NewTask } from "../../store/insert.ts";
import { readOwedRows } from "../../store/outbox.ts";
import type { BodyContent } from "../../store/schema.ts";
import { openStoredSession } from "../../store/sessions.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";
import type { BackgroundSession } from "../background-session.ts";
import { Changes } from "../changes.ts";
import type { DaemonLink } from "../daemon/daemon-link.ts";
import type { LinkedSession } from "../daemon/linked-session.ts";
import type { Role } from "../ownership/ownership.ts";
import type { TaskHandle } from "../tasks/task-handle.ts";
import { MAX_REMEMBERED, TaskRegistry } from "../tasks/task-registry.ts";
import { DaemonGreeting } from "./daemon-greeting.ts";
import { Ending } from "./ending.ts";
import { Insertions } from "./insertions.ts";
import { Life } from "./life.ts";
import { Messages } from "./messages.ts";
import type { OpenOptions } from "./open-options.ts";
import { GONE, Reattachment } from "./reattachment.ts";
import type { SessionContext } from "./session-context.ts";
import { SweepTimer } from "./sweep-timer.ts";
import { TaskOperations } from "./task-operations.ts";
import { Views } from "./views.ts";

/** A session object: it puts its parts together, and passes on what happens around it. */
export class SessionCore implements LinkedSession {
  readonly identifier: string;
  readonly database: Database;
  readonly tasks: TaskRegistry;
  readonly messages: Messages;
  readonly ending: Ending;
  configuration: StoredConfiguration = DEFAULT_CONFIGURATION;
  readonly #link: DaemonLink;
  readonly #life: Life;
  readonly daemon: DaemonGreeting;
  readonly #operations: TaskOperations;
  readonly insertions: Insertions;
  readonly #reattachment: Reattachment;
  readonly #sweep: SweepTimer;
  /** The background launch in which it was opened. */
  readonly #launch: Launch | undefined;
  readonly views: Views;
  readonly #launched: LaunchedSession = { end: () => this.ending.endLaunch() };

  /** @param onClose called when the session begins to close, with a promise that settles when it is gone */
  constructor(
    session: BackgroundSession,
    identifier: string,
    open: OpenOptions,
    link: DaemonLink,
    onClose: (closed: Promise<void>) => void,
  ) {
    const { database } = link;
    const launch = open.role === "observer" ? undefined : link.local?.launchOf(identifier);
    const changes = new Changes();
    const life = new Life(identifier, changes.mark);
    this.identifier = identifier;
    this.database = database;
    this.#link = link;
    this.#launch = launch;
    this.#life = life;
    this.#sweep = new SweepTimer(database);
    const context: SessionContext = { session, identifier, open, link, life, changes, launch };
    this.daemon = new DaemonGreeting(context, (error) => void this.onLost(error));
    const operations = new TaskOperations(
      context,
      (key) => this.insertions.resume(key),
      () => this.onSilence(),
    );
    this.#operations = operations;
    const tasks = new TaskRegistry(operations);
    this.tasks = tasks;
    this.views = new Views({
      changes,
      tasks,
      facts: () => ({ role: this.role, isOpen: life.isOpen, error: life.reason }),
      release: async (by, name) => {
        this.check();
        if (by === "queue") await operations.releaseQueue(name);
      },
    });
    const onFailure = (task: TaskHandle, failure: Failure): void => {
      tasks.fail(task, failure);
      messages.tellFailed(task);
    };
    const recovered = (): Promise<void> => this.#reattachment.recovered;
    this.insertions = new Insertions(context, tasks, { operations, recovered, onFailure });
    const messages = new Messages(context, tasks, {
      onSettled: () => this.#sweep.start(),
      onLoss: () => void this.ending.giveWay(),
      onDeleted: () => void this.ending.giveWayToDeletion(),
      onDaemonStarted: () => this.onDataLost(),
      secrets: () => this.configuration,
    });
    this.messages = messages;
    this.#reattachment = new Reattachment(context, tasks, {
      onInfo: (info) => messages.notices.update(info),
      onFailure,
      onGone: (task) => {
        tasks.fail(task, GONE);
        messages.tellChanged(task);
      },
      onRestored: () => operations.tellConfigured(),
      onRefreshed: () => messages.delivery.pump(),
    });
    this.ending = new Ending(context, tasks, {
      messages,
      insertions: this.insertions,
      recovered,
      onClose,
      release: () => this.#release(),
      onGone: () => launch?.closed(this.#launched),
    });
    link.join(this);
  }

  /** Connects to the disk and the lock at the same time, then to the daemon. */
  async attach(configuration: StoredConfiguration | undefined): Promise<void> {
    const { ownership, notices } = this.messages;
    // This may take hours: whatever was read before would be old.
    if (ownership.isPatient) {
      this.#link.bePresent();
      await ownership.claim();
    }
    notices.collect();
    const [{ session, tasks, isChanged }] = await Promise.all([
      openStoredSession(this.database, this.identifier, configuration),
      ownership.isPatient ? undefined : ownership.claim(),
    ]);
    // What nobody here is told of is shown at least, in a page.
    if (!this.messages.isDelivering && "document" in globalThis)
      tasks.push(...(await readOwedRows(this.database, this.identifier, MAX_REMEMBERED)));
    const { met } = await this.daemon.begin(session.daemon);
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
    this.messages.tellRole();
    // The page before this one may have gone before its own sweep.
    this.#sweep.start();
    this.#launch?.opened(this.#launched);
    // Not before the caller of open() has its session, and in a launch not before the app has its handler (L2).
    const ready = this.#launch?.handled ?? Promise.resolve();
    void ready.then(() => this.messages.beginSoon());
  }

  get kind(): DaemonKind {
    return this.#link.kind;
  }

  get role(): Role {
    return this.messages.ownership.role;
  }

  get isOwner(): boolean {
    return this.messages.isOwner;
  }

  get hasWork(): boolean {
    return this.tasks.hasWork;
  }

  /** @throws SessionError if the session is over */
  check(): void {
    this.#life.check();
  }

  /** Takes a new task: on disk at the end of this turn. */
  insert(task: NewTask, body: BodyContent | Promise<BodyContent> | undefined): TaskHandle {
    this.messages.checkHandler(task.row.completion?.handler);
    return this.insertions.add(task, body);
  }

  onNotice(notice: Notice): void {
    this.messages.notices.hear(notice);
  }

  /**
   * A page in the back/forward cache gives up the session. A frozen page keeps it until somebody asks for it, but does
   * not queue for more.
   */
  onRest(isCached: boolean): void {
    if (!this.#life.isOpen) return;
    this.#operations.isStale = true;
    void this.messages.delivery.stop();
    this.messages.ownership.rest({ keepsLock: !isCached });
  }

  /** The page has missed everything that happened meanwhile. */
  async onReturn(): Promise<void> {
    if (!this.#life.isOpen) return;
    await this.messages.ownership.takeUp();
    this.messages.tellRole();
    await this.#reattachment.recovered;
    if (!(await this.#reattachment.isStored())) return this.ending.giveWayToDeletion();
    await this.#reattachment.refresh();
    this.#operations.isStale = false;
    this.messages.startDelivery();
    await this.daemon.again();
  }

  onMoved(): void {
    void this.#recover().then(() => this.onSilence());
  }

  onSilence(): void {
    if (this.#life.isOpen) void this.daemon.again();
  }

  async onLost(error: SessionError): Promise<void> {
    if (this.#life.isOver) return;
    await this.daemon.forget();
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
    await this.messages.ownership.release();
    this.messages.tellRole(false);
  }
}
