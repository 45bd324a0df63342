import type { Command } from "../../protocol/commands.ts";
import type { DaemonKind } from "../../protocol/daemon-kind.ts";
import type { LocalDaemon } from "../../protocol/local-daemon.ts";
import { LOCAL_DAEMON, namesOf } from "../../protocol/names.ts";
import { isNotice, type Notice } from "../../protocol/notices.ts";
import type { SessionError } from "../../protocol/session-error.ts";
import { Database } from "../../store/database.ts";
import { report } from "../report.ts";
import { askForSync } from "./ask-for-sync.ts";
import { CommandSender } from "./command-sender.ts";
import { DaemonWatch } from "./daemon-watch.ts";
import { Endpoint, type FindAgain, type Place } from "./endpoint.ts";
import { FetchStarter } from "./fetch-starter.ts";
import type { LinkedSession } from "./linked-session.ts";
import type { PageDaemon } from "./page-daemon.ts";
import { isQuestion, PagePresence } from "./page-presence.ts";

/** The daemon asks every 10 s while there is work: silence for longer means that it was stopped. */
const SILENCE_MS = 20_000;
const REVIVE_MS = 15_000;

/**
 * What a realm has for one daemon, shared by all sessions that are open in it: the way to the daemon (commands there,
 * notices back) and the connection to the disk. It rests while no session is open.
 */
export class DaemonLink {
  static readonly #links = new WeakMap<object, DaemonLink>();
  readonly database: Database;
  readonly #endpoint: Endpoint;
  readonly #sessions = new Set<LinkedSession>();
  readonly #sender: CommandSender;
  readonly #presence: PagePresence;
  readonly #watch: DaemonWatch;
  #starter: FetchStarter | undefined;
  #channel: BroadcastChannel | undefined;
  #moving: Promise<void> | undefined;
  #lastHeard = 0;
  #isResting = false;
  /** Aborted when the last session is closed. */
  #open: AbortController | undefined;
  #isPresent = false;
  /** The app named the script of the worker, which this library registers. */
  isOwnScript = false;

  /** Returns the daemon in this very realm, if this is its service worker. */
  static local(): DaemonLink | undefined {
    const local = (globalThis as { [LOCAL_DAEMON]?: LocalDaemon })[LOCAL_DAEMON];
    return local && DaemonLink.#of(local, local.scope, { local });
  }

  static to(registration: ServiceWorkerRegistration, findAgain?: FindAgain): DaemonLink {
    const link = DaemonLink.#of(registration, registration.scope, { registration });
    link.#endpoint.findAgain = findAgain;
    return link;
  }

  static toPage(pageDaemon: PageDaemon): DaemonLink {
    return DaemonLink.#of(pageDaemon, pageDaemon.scope, { pageDaemon });
  }

  static #of(daemon: object, scope: string, place: Place): DaemonLink {
    const link = DaemonLink.#links.get(daemon) ?? new DaemonLink(new Endpoint(scope, place));
    DaemonLink.#links.set(daemon, link);
    return link;
  }

  private constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.database = new Database(namesOf(endpoint.scope).database);
    this.database.onTerminated = () => this.#tellSessions((session) => session.onDataLost());
    this.#starter = endpoint.registration && FetchStarter.of(endpoint.registration);
    this.#sender = new CommandSender(endpoint, () => this.#moveIfGone());
    this.#presence = new PagePresence(endpoint, {
      hasWork: () => this.#hasWork,
      owned: () => [...this.#sessions].filter(({ isOwner }) => isOwner).map(({ identifier }) => identifier),
      onQuestion: () => this.#heardDaemon(),
      onRest: (isCached) => this.#rest(isCached),
      onReturn: () => this.#return(),
      askForSync: () => this.askForSync(),
    });
    this.#watch = new DaemonWatch(
      endpoint.scope,
      () => this.#open !== undefined && !this.#isResting && endpoint.local === undefined,
      () => this.#revive(),
    );
  }

  get scope(): string {
    return this.#endpoint.scope;
  }

  get registration(): ServiceWorkerRegistration | undefined {
    return this.#endpoint.registration;
  }

  get pageDaemon(): PageDaemon | undefined {
    return this.#endpoint.pageDaemon;
  }

  get kind(): DaemonKind {
    return this.#endpoint.kind;
  }

  /** The daemon, if it runs in this realm. */
  get local(): LocalDaemon | undefined {
    return this.#endpoint.local;
  }

  join(session: LinkedSession): void {
    this.#sessions.add(session);
    if (this.#open !== undefined) return;
    this.#open = new AbortController();
    this.#lastHeard = Date.now();
    this.#listen();
  }

  leave(session: LinkedSession): void {
    if (!this.#sessions.delete(session) || this.#sessions.size > 0) return;
    this.#open?.abort();
    this.#open = undefined;
    this.#isPresent = false;
    this.#watch.stop();
    this.#channel?.close();
    this.database.close();
  }

  /**
   * Answers the daemon's question, says when something changes, and wakes a daemon that was stopped: at once, so that a
   * service worker begins to start now.
   */
  bePresent(): void {
    const signal = this.#open?.signal;
    if (this.#isPresent || this.local !== undefined || signal === undefined) return;
    this.#isPresent = true;
    const timer = setInterval(() => {
      if (!this.#hasWork || Date.now() - this.#lastHeard <= SILENCE_MS) return;
      this.#presence.tell();
      this.#tellSessions((session) => session.onSilence());
    }, REVIVE_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    this.#presence.begin(signal);
  }

  /**
   * Has a command carried out. It is sent again until it is answered, so that it may come twice.
   * @param signal aborted when the session is closed
   * @throws SessionError `daemon-missing` after `limitMs`, or what the daemon answered
   */
  request(command: Command, limitMs?: number, signal?: AbortSignal): Promise<unknown> {
    return this.#sender.request(command, limitMs, signal);
  }

  watch(): void {
    this.#watch.start();
  }

  askForSync(): Promise<void> {
    return askForSync(this.registration, namesOf(this.scope).syncTag);
  }

  get #hasWork(): boolean {
    return [...this.#sessions].some(({ hasWork }) => hasWork);
  }

  #tellSessions(tell: (session: LinkedSession) => void): void {
    for (const session of [...this.#sessions]) tell(session);
  }

  #listen(): void {
    this.#channel = new BroadcastChannel(namesOf(this.scope).notices);
    this.#channel.onmessage = ({ data }) => {
      if (isQuestion(data)) this.#presence.answer();
      else if (isNotice(data)) this.#onNotice(data);
    };
  }

  #onNotice(notice: Notice): void {
    this.#heardDaemon();
    if (notice.type === "fetch-offer") this.#starter?.offer(notice.offer);
    if (notice.type === "daemon-started") this.#sender.sendAgain();
    this.#tellSessions((session) => session.onNotice(notice));
  }

  #heardDaemon(): void {
    this.#lastHeard = Date.now();
    this.watch();
  }

  #revive(): boolean {
    if (!this.#hasWork) return false;
    // Starting the old worker again would hold the newer one up. But the newer one may wait for as long as the app has a page.
    if (this.#endpoint.seesNewWaiting()) return true;
    this.pageDaemon?.revive();
    this.#presence.tell();
    void this.#moveIfGone().catch(() => {});
    return true;
  }

  /**
   * A page that rests must not queue for a lock: the browser may give it to a page that does not run, and a daemon would
   * wait for it. Nor may it hear what is broadcast: that costs it its place in the back/forward cache, and a frozen page
   * that looks something up leaves a transaction open that holds up every other realm. With an open connection it
   * would not hear that another realm wants to delete the database, or to raise its version.
   */
  #rest(isCached: boolean): void {
    // A message may still come before the page stands still.
    this.#isResting = true;
    this.#channel?.close();
    this.#watch.stop();
    this.#tellSessions((session) => session.onRest(isCached));
    this.database.close();
  }

  #return(): void {
    this.#isResting = false;
    this.#channel?.close();
    this.#listen();
    this.#tellSessions((session) => void session.onReturn().catch(report));
  }

  /**
   * Finds the daemon again if its registration is gone.
   * @throws SessionError `daemon-missing` when there is none
   */
  async #moveIfGone(): Promise<boolean> {
    if (!(await this.#endpoint.isGone())) return false;
    this.#moving ??= this.#move().finally(() => {
      this.#moving = undefined;
    });
    await this.#moving;
    return true;
  }

  async #move(): Promise<void> {
    try {
      const found = await this.#endpoint.findAgain?.();
      if (found === undefined) return;
      this.#endpoint.registration = found;
      // A session that was opened meanwhile may have a link to it already, with a starter of its own.
      const isFirst = !DaemonLink.#links.has(found);
      this.#starter = isFirst ? FetchStarter.of(found) : undefined;
      if (isFirst) DaemonLink.#links.set(found, this);
    } catch (error) {
      this.#tellSessions((session) => session.onLost(error as SessionError));
      throw error;
    }
    this.#presence.tell();
    this.#tellSessions((session) => session.onMoved());
  }
}
