import { isRecord } from "../../protocol/checks.ts";
import type { Answer, Command, CommandMessage, PagePresence } from "../../protocol/commands.ts";
import type { DaemonKind } from "../../protocol/daemon-kind.ts";
import type { Launch, LocalDaemon } from "../../protocol/local-daemon.ts";
import { LOCAL_DAEMON, namesOf } from "../../protocol/names.ts";
import { isNotice, type Notice, PRESENCE_QUESTION, type PresenceQuestion } from "../../protocol/notices.ts";
import { SessionError, type SessionErrorCode } from "../../protocol/session-error.ts";
import { FetchStarter } from "./fetch-starter.ts";
import type { PageDaemon } from "./page-daemon.ts";
import { isOfWorkerOf, pageName, tellWorker } from "./worker-messages.ts";

/** An answer takes milliseconds, a worker that has to boot a second. Then the question is put again. */
const ANSWER_MS = 5_000;
const AGAIN_MS = 200;
/** The daemon asks every 10 s while there is work: silence for longer means that it was stopped. */
const SILENCE_MS = 20_000;
const REVIVE_MS = 15_000;
const SYNC_MS = 1_000;
/** A worker boots in a fraction of this. */
const WATCH_AGAIN_MS = 1_000;

/** Where a realm finds the daemon: one of these. */
interface Whereabouts {
  readonly registration?: ServiceWorkerRegistration;
  /** Looks for it once more when that registration is gone. @throws SessionError `daemon-missing` */
  readonly findAgain?: FindAgain | undefined;
  readonly pageDaemon?: PageDaemon;
  readonly local?: LocalDaemon;
}

type FindAgain = () => Promise<ServiceWorkerRegistration>;

/** How a realm reaches the daemon: commands one way, notices the other. */
export class DaemonLink {
  readonly scope: string;
  #channel: BroadcastChannel;
  readonly #local: LocalDaemon | undefined;
  #registration: ServiceWorkerRegistration | undefined;
  readonly #findAgain: FindAgain | undefined;
  #switching: Promise<void> | undefined;
  readonly pageDaemon: PageDaemon | undefined;
  /** In a page: what starts background fetches. */
  #starter: FetchStarter | undefined;
  readonly #closing = new AbortController();
  readonly #lostAnswers = new Set<() => void>();
  #lastHeard: number = Date.now();
  #hasLeft = false;
  #isWatching = false;
  #isResting = false;
  #isPresent = false;
  #watching = new AbortController();
  /** The app named the script of the worker, which this library registers. */
  isOwnScript = false;
  /** Called with each notice. */
  onNotice: (notice: Notice) => void = () => {};
  /** Whether this realm has work that needs the daemon; asked before it is revived. */
  hasWork: () => boolean = () => false;
  /** The session that this realm owns, if it is the owner. */
  owns: () => readonly string[] = () => [];
  /** The page goes into the back/forward cache, or is frozen: until `onReturn` it does nothing. */
  onRest: (isCached: boolean) => void = () => {};
  onReturn: () => void = () => {};
  /** The registration was gone, and the daemon has another one now. */
  onFound: () => void = () => {};
  /** It is gone for good. */
  onLost: (error: SessionError) => void = () => {};
  /** The daemon says nothing although it was spoken to: it may not be there any more. */
  onSilence: () => void = () => {};

  private constructor(scope: string, { registration, findAgain, pageDaemon, local }: Whereabouts) {
    this.scope = scope;
    this.#registration = registration;
    this.#findAgain = findAgain;
    this.pageDaemon = pageDaemon;
    this.#local = local;
    this.#starter = registration && FetchStarter.of(registration);
    this.#channel = this.#listen();
  }

  get registration(): ServiceWorkerRegistration | undefined {
    return this.#registration;
  }

  /** The daemon in this very realm, where this is its service worker. */
  static local(): DaemonLink | undefined {
    const local = (globalThis as { [LOCAL_DAEMON]?: LocalDaemon })[LOCAL_DAEMON];
    return local && new DaemonLink(local.scope, { local });
  }

  /** The background launch of `session` that is under way in this realm. */
  launchOf(session: string): Launch | undefined {
    return this.#local?.launchOf(session);
  }

  /** Says whether this realm owns `session`: a daemon in it then need not launch anything. */
  setOwned(session: string, isOwned: boolean): void {
    if (isOwned) this.#local?.owned.add(session);
    else this.#local?.owned.delete(session);
  }

  static to(registration: ServiceWorkerRegistration, findAgain?: FindAgain): DaemonLink {
    return new DaemonLink(registration.scope, { registration, findAgain });
  }

  static toPage(pageDaemon: PageDaemon): DaemonLink {
    return new DaemonLink(pageDaemon.scope, { pageDaemon });
  }

  get kind(): DaemonKind {
    return this.pageDaemon === undefined ? "service-worker" : "page";
  }

  /**
   * Has a command carried out, and asks again while no answer comes: the worker may be stopped in between, or its
   * registration be gone, and every command may come twice.
   * @throws SessionError `daemon-missing` after `limitMs`, or what the daemon answered
   */
  async request(command: Command, limitMs = 60_000): Promise<unknown> {
    const deadline = Date.now() + limitMs;
    while (!this.#closing.signal.aborted) {
      const answer = await (this.#local?.request(command) ?? this.#ask(command));
      if (answer.isOk) return answer.value;
      if (answer.code !== "daemon-missing" || Date.now() >= deadline) {
        throw new SessionError(answer.code as SessionErrorCode, answer.message);
      }
      if (!(await this.#switchIfGone())) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    throw new SessionError("session-invalidated", "The session was closed before the daemon answered.");
  }

  /** Sends a command whose answer nobody waits for. */
  tell(command: Command): void {
    this.request(command).catch(({ code }) => {
      if (code === "daemon-missing") this.onSilence();
    });
  }

  /** The worker was unregistered, or the site's data deleted. One that is controlled may answer nevertheless. */
  async #isGone(): Promise<boolean> {
    const registration = this.#registration;
    if (registration === undefined || this.#findAgain === undefined) return false;
    if (!isUsable(registration)) return true;
    const known = await navigator.serviceWorker.getRegistration(this.scope).catch(() => registration);
    return known !== registration;
  }

  /**
   * Finds the daemon again if its registration is gone; from then on this link leads to it.
   * @throws SessionError `daemon-missing` when there is none
   */
  async #switchIfGone(): Promise<boolean> {
    if (!(await this.#isGone())) return false;
    this.#switching ??= this.#switch().finally(() => {
      this.#switching = undefined;
    });
    await this.#switching;
    return true;
  }

  async #switch(): Promise<void> {
    try {
      const found = await this.#findAgain?.();
      if (found === undefined || this.#closing.signal.aborted) return;
      this.#registration = found;
      this.#starter = FetchStarter.of(found);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.onLost(error as SessionError);
      throw error;
    }
    this.#bePresentNow();
    this.onFound();
  }

  /**
   * Asks the browser for a sync event while there is a window to ask: a worker without one may not, so that the work
   * of a page that closes at once would be woken by nobody (W3). Fulfils when that is recorded, or refused.
   */
  async askForSync(): Promise<void> {
    const { sync } = (this.#registration ?? {}) as SyncRegistration;
    if (sync === undefined) return;
    const asked = sync.register(namesOf(this.scope).syncTag).catch(() => {});
    // Of a page that is just being closed the promise never settles.
    await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, SYNC_MS))]);
  }

  close(): void {
    this.#closing.abort();
    this.#watching.abort();
    this.#channel.close();
    for (const giveUp of this.#lostAnswers) giveUp();
    if (this.#registration !== undefined) answerFromNowOn(this.#registration);
  }

  /** Fulfils with the daemon's answer, or with `daemon-missing` when none came in time. */
  #ask(command: Command): Promise<Answer> {
    if (this.#registration !== undefined && !isUsable(this.#registration)) return Promise.resolve(NO_ANSWER);
    const message: CommandMessage = { backgroundSession: "command", command };
    const reply = this.pageDaemon?.ask(message) ?? askWorker(this.#registration, message);
    return new Promise((resolve) => {
      const finish = (answer: Answer): void => {
        clearTimeout(timer);
        this.#lostAnswers.delete(giveUp);
        reply.close();
        resolve(answer);
      };
      const giveUp = (): void => finish(NO_ANSWER);
      const timer = setTimeout(giveUp, ANSWER_MS);
      this.#lostAnswers.add(giveUp);
      // A worker that is not ours may say anything.
      reply.onmessage = ({ data }: MessageEvent) =>
        finish(isRecord(data) ? (data as unknown as Answer) : NO_ANSWER);
    });
  }

  #listen(): BroadcastChannel {
    const channel = new BroadcastChannel(namesOf(this.scope).notices);
    channel.onmessage = ({ data }) => {
      if (isQuestion(data)) this.#beAsked();
      else if (isNotice(data)) this.#heard(data);
    };
    return channel;
  }

  #heard(notice: Notice): void {
    this.#lastHeard = Date.now();
    this.watch();
    if (notice.type === "fetch-offer") this.#starter?.offer(notice.offer);
    // What was asked of the daemon before is lost with it.
    if (notice.type === "daemon-started") for (const giveUp of this.#lostAnswers) giveUp();
    this.onNotice(notice);
  }

  /**
   * Answers the daemon's question, says when something changes, and wakes a daemon that was stopped (W2): at once, so
   * that a service worker begins to start now.
   */
  bePresent(): void {
    const { signal } = this.#closing;
    if (this.#isPresent || this.#local !== undefined || signal.aborted) return;
    this.#isPresent = true;
    if (this.#registration !== undefined) {
      const container = navigator.serviceWorker;
      const onMessage = (event: MessageEvent): void => {
        const registration = this.#registration;
        if (registration !== undefined && isQuestionTo(registration, event)) this.#beAsked();
      };
      container.addEventListener("message", onMessage, { signal });
      container.startMessages?.();
    }
    globalThis.addEventListener("online", () => this.#bePresentNow({ hasNetworkReturned: true }), { signal });
    globalThis.addEventListener("pageshow", (event) => this.#arrive(event), { signal });
    globalThis.addEventListener("pagehide", (event) => this.#leave(event), { signal });
    globalThis.document?.addEventListener("visibilitychange", () => this.#beSeen(), { signal });
    globalThis.document?.addEventListener("freeze", () => this.#rest(false), { signal });
    globalThis.document?.addEventListener("resume", () => this.#return(), { signal });
    const timer = setInterval(() => {
      if (!this.hasWork() || Date.now() - this.#lastHeard <= SILENCE_MS) return;
      this.#bePresentNow();
      this.onSilence();
    }, REVIVE_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    this.#bePresentNow();
  }

  /** A hidden page may be ended without another word. */
  #beSeen(): void {
    // A page that is closed becomes hidden once more after it said that it leaves.
    if (this.#hasLeft) return;
    if (globalThis.document?.visibilityState === "hidden" && this.hasWork()) void this.askForSync();
    this.#bePresentNow();
  }

  #leave({ persisted }: PageTransitionEvent): void {
    if (this.hasWork()) void this.askForSync();
    this.#bePresentNow({ isLeaving: true });
    this.#hasLeft = true;
    if (persisted) this.#rest(true);
  }

  #arrive({ persisted }: PageTransitionEvent): void {
    this.#hasLeft = false;
    if (persisted) this.#return();
    this.#bePresentNow();
  }

  /**
   * A page that rests must not stand in line for a lock: the browser may give it to one that does not run, and a daemon
   * would wait for it. Nor may it hear what is broadcast: that costs it its place in the back/forward cache, and a
   * frozen page that looks something up leaves a transaction open that holds up every other realm.
   */
  #rest(isCached: boolean): void {
    // A message may still come before the page stands still.
    this.#isResting = true;
    this.#channel.close();
    this.#watching.abort();
    this.onRest(isCached);
  }

  #return(): void {
    this.#isResting = false;
    this.#channel.close();
    this.#channel = this.#listen();
    this.onReturn();
  }

  #beAsked(): void {
    this.#lastHeard = Date.now();
    this.watch();
    this.#bePresentNow();
  }

  /**
   * Sees to it that a daemon lives while there is work.
   * Waits in line for the lock that a daemon holds while it lives: the browser tells no page that it stopped the
   * worker, or that the worker died with the crashed tab whose process it shared, but it hands on the lock at once.
   */
  watch(): void {
    if (this.#isWatching || this.#isResting || this.#local !== undefined) return;
    if (this.#closing.signal.aborted) return;
    this.#isWatching = true;
    this.#watching = new AbortController();
    navigator.locks
      .request(namesOf(this.scope).daemonLock, { mode: "shared", signal: this.#watching.signal }, () => {})
      .then(() => {
        // The next sign of life begins a new watch.
        this.#isWatching = false;
        // The old worker made way for a newer one: to start it again would hold the newer one up.
        if (this.#registration?.waiting || !this.hasWork()) return;
        this.pageDaemon?.revive();
        this.#bePresentNow();
        void this.#switchIfGone().catch(() => {});
        // What is posted to a worker that is just dying is lost: look again whether one lives.
        setTimeout(() => this.watch(), WATCH_AGAIN_MS);
      })
      .catch(() => {
        this.#isWatching = false;
      });
  }

  #bePresentNow({ hasNetworkReturned = false, isLeaving = false } = {}): void {
    const owns = isLeaving ? [] : this.owns();
    const message = presence({ hasNetworkReturned, isLeaving, owns });
    if (this.#registration !== undefined) tellWorker(this.#registration, message, isLeaving);
    else this.pageDaemon?.tell(message);
  }
}

/** A registration that was removed has no worker any more, or one that is over. */
function isUsable({ active }: ServiceWorkerRegistration): boolean {
  return active !== null && active.state !== "redundant";
}

function askWorker(
  registration: ServiceWorkerRegistration | undefined,
  message: CommandMessage,
): MessagePort {
  const { port1, port2 } = new MessageChannel();
  registration?.active?.postMessage(message, [port2]);
  return port1;
}

function presence(facts: Omit<PagePresence, "isVisible">): CommandMessage {
  const isVisible = !facts.isLeaving && globalThis.document?.visibilityState === "visible";
  const command = { type: "presence", isVisible, ...facts, page: pageName() } as const;
  return { backgroundSession: "command", command };
}

function isQuestion(data: unknown): boolean {
  const { backgroundSession } = (data ?? {}) as Partial<PresenceQuestion>;
  return backgroundSession === PRESENCE_QUESTION.backgroundSession;
}

/** Each worker of the origin asks every page: only the one of this registration is answered. */
function isQuestionTo(registration: ServiceWorkerRegistration, { data, source }: MessageEvent): boolean {
  return isQuestion(data) && isOfWorkerOf(registration, source);
}

/** What Chromium has beyond the types: https://wicg.github.io/background-sync/spec/ */
interface SyncRegistration {
  readonly sync?: { register(tag: string): Promise<void> };
}

const ANSWERED = new WeakSet<ServiceWorkerRegistration>();

/** A page that has closed its session is still there, and its tasks run on: the worker must not be stopped for it (W2). */
function answerFromNowOn(registration: ServiceWorkerRegistration): void {
  if (ANSWERED.has(registration)) return;
  ANSWERED.add(registration);
  navigator.serviceWorker.addEventListener("message", (event) => {
    if (!isQuestionTo(registration, event)) return;
    registration.active?.postMessage(presence({ hasNetworkReturned: false, isLeaving: false, owns: [] }));
  });
}

const NO_ANSWER: Answer = {
  isOk: false,
  code: "daemon-missing",
  message: "The daemon did not answer. Was its service worker unregistered, or does its script fail?",
};
