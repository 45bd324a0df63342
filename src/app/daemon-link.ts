import type { Answer, Command, CommandMessage } from "../protocol/commands.ts";
import type { Launch, LocalDaemon } from "../protocol/local-daemon.ts";
import { LOCAL_DAEMON, namesOf } from "../protocol/names.ts";
import { type Notice, PRESENCE_QUESTION } from "../protocol/notices.ts";
import { SessionError, type SessionErrorCode } from "../protocol/session-error.ts";

/** An answer takes milliseconds, a worker that has to boot a second. Then the question is put again. */
const ANSWER_MS = 5_000;
const AGAIN_MS = 200;
/** The daemon asks every 10 s while there is work: silence for longer means that it was stopped. */
const SILENCE_MS = 20_000;
const REVIVE_MS = 15_000;
/** A worker boots in a fraction of this. */
const WATCH_AGAIN_MS = 1_000;

/** How a realm reaches the worker's daemon: commands one way, notices the other. */
export class DaemonLink {
  readonly scope: string;
  readonly #post: (command: Command) => Promise<Answer>;
  #channel: BroadcastChannel;
  readonly #local: LocalDaemon | undefined;
  /** Undefined in the service worker itself. */
  readonly registration: ServiceWorkerRegistration | undefined;
  readonly #closing = new AbortController();
  readonly #lostAnswers = new Set<() => void>();
  #lastHeard: number = Date.now();
  #isWatching = false;
  #watching = new AbortController();
  /** Called with each notice. */
  onNotice: (notice: Notice) => void = () => {};
  /** Whether this realm has work that needs the daemon; asked before it is revived. */
  hasWork: () => boolean = () => false;
  /** The session that this realm owns, if it is the owner. */
  owns: () => readonly string[] = () => [];
  /** The page goes into the back/forward cache: until `onReturn` nothing is heard. */
  onRest: () => void = () => {};
  onReturn: () => void = () => {};

  private constructor(
    scope: string,
    registration: ServiceWorkerRegistration | undefined,
    local: LocalDaemon | undefined,
  ) {
    this.scope = scope;
    this.registration = registration;
    this.#post =
      local === undefined ? (command) => this.#postToWorker(command) : (command) => local.request(command);
    this.#local = local;
    this.#channel = this.#listen();
    if (registration !== undefined) this.#bePresent();
  }

  /** The daemon in this very realm, where this is its service worker. */
  static local(): DaemonLink | undefined {
    const local = (globalThis as { [LOCAL_DAEMON]?: LocalDaemon })[LOCAL_DAEMON];
    return local && new DaemonLink(local.scope, undefined, local);
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

  static to(registration: ServiceWorkerRegistration): DaemonLink {
    return new DaemonLink(registration.scope, registration, undefined);
  }

  /**
   * Has a command carried out, and asks again while no answer comes: the worker may be stopped in between, and
   * every command may come twice.
   * @throws SessionError `daemon-missing` after `limitMs`, or what the daemon answered
   */
  async request(command: Command, limitMs = 60_000): Promise<unknown> {
    const deadline = Date.now() + limitMs;
    while (!this.#closing.signal.aborted) {
      const answer = await this.#post(command);
      if (answer.isOk) return answer.value;
      if (answer.code !== "daemon-missing" || Date.now() >= deadline) {
        throw new SessionError(answer.code as SessionErrorCode, answer.message);
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    throw new SessionError("session-invalidated", "The session was closed before the daemon answered.");
  }

  /** Sends a command whose answer nobody waits for. */
  tell(command: Command): void {
    this.request(command).catch(() => {});
  }

  close(): void {
    this.#closing.abort();
    this.#channel.close();
    for (const giveUp of this.#lostAnswers) giveUp();
  }

  /** Fulfils with the daemon's answer, or with `daemon-missing` when none came in time. */
  #postToWorker(command: Command): Promise<Answer> {
    const message: CommandMessage = { backgroundSession: "command", command };
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      const finish = (answer: Answer): void => {
        clearTimeout(timer);
        this.#lostAnswers.delete(giveUp);
        port1.close();
        resolve(answer);
      };
      const giveUp = (): void => finish(NO_ANSWER);
      const timer = setTimeout(giveUp, ANSWER_MS);
      this.#lostAnswers.add(giveUp);
      port1.onmessage = ({ data }) => finish(data as Answer);
      this.registration?.active?.postMessage(message, [port2]);
    });
  }

  #listen(): BroadcastChannel {
    const channel = new BroadcastChannel(namesOf(this.scope).notices);
    channel.onmessage = ({ data }) => this.#heard(data as Notice);
    return channel;
  }

  #heard(notice: Notice): void {
    this.#lastHeard = Date.now();
    this.watch();
    // What was asked of the daemon before is lost with it.
    if (notice.type === "daemon-started") for (const giveUp of this.#lostAnswers) giveUp();
    this.onNotice(notice);
  }

  /** Answers the daemon's question, says when something changes, and wakes a daemon that was stopped (W2). */
  #bePresent(): void {
    const { signal } = this.#closing;
    const container = navigator.serviceWorker;
    container.addEventListener("message", (event) => this.#onQuestion(event), { signal });
    container.startMessages?.();
    const here = (): void => this.#bePresentNow();
    globalThis.addEventListener("online", () => this.#bePresentNow({ hasNetworkReturned: true }), { signal });
    globalThis.addEventListener("pageshow", (event) => this.#arrive(event), { signal });
    globalThis.addEventListener("pagehide", (event) => this.#leave(event), { signal });
    globalThis.document?.addEventListener("visibilitychange", here, { signal });
    const timer = setInterval(() => {
      if (this.hasWork() && Date.now() - this.#lastHeard > SILENCE_MS) here();
    }, REVIVE_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    here();
  }

  /** The last moment in which this page can ask for a sync event: a worker without a window may not (W3). */
  #leave({ persisted }: PageTransitionEvent): void {
    if (this.hasWork()) askForSync(this.registration, namesOf(this.scope).syncTag);
    this.#bePresentNow({ isLeaving: true });
    if (!persisted) return;
    this.#channel.close();
    this.#watching.abort();
    this.onRest();
  }

  #arrive({ persisted }: PageTransitionEvent): void {
    if (persisted) {
      this.#channel = this.#listen();
      this.onReturn();
    }
    this.#bePresentNow();
  }

  #onQuestion({ data }: MessageEvent): void {
    if (data?.backgroundSession !== PRESENCE_QUESTION.backgroundSession) return;
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
    if (this.#isWatching || this.registration === undefined || this.#closing.signal.aborted) return;
    this.#isWatching = true;
    this.#watching = new AbortController();
    navigator.locks
      .request(
        namesOf(this.scope).daemonLock,
        { mode: "shared", signal: AbortSignal.any([this.#closing.signal, this.#watching.signal]) },
        () => {},
      )
      .then(() => {
        // The next sign of life begins a new watch.
        this.#isWatching = false;
        // The old worker made way for a newer one: to start it again would hold the newer one up.
        if (this.registration?.waiting || !this.hasWork()) return;
        this.#bePresentNow();
        // What is posted to a worker that is just dying is lost: look again whether one lives.
        setTimeout(() => this.watch(), WATCH_AGAIN_MS);
      })
      .catch(() => {
        this.#isWatching = false;
      });
  }

  #bePresentNow({ hasNetworkReturned = false, isLeaving = false } = {}): void {
    const isVisible = !isLeaving && globalThis.document?.visibilityState === "visible";
    const owns = isLeaving ? [] : this.owns();
    const command: Command = { type: "presence", isVisible, hasNetworkReturned, isLeaving, owns };
    const message: CommandMessage = { backgroundSession: "command", command };
    this.registration?.active?.postMessage(message);
  }
}

/** What Chromium has beyond the types: https://wicg.github.io/background-sync/spec/ */
interface SyncRegistration {
  readonly sync?: { register(tag: string): Promise<void> };
}

function askForSync(registration: ServiceWorkerRegistration | undefined, tag: string): void {
  // Refused where the user or the browser does not allow it: there the transfers wait for the next page.
  (registration as SyncRegistration | undefined)?.sync?.register(tag).catch(() => {});
}

const NO_ANSWER: Answer = {
  isOk: false,
  code: "daemon-missing",
  message: "The service worker did not answer. Was it unregistered, or does its script fail?",
};
