import type { BroadcastCommand, CommandMessage } from "../../protocol/commands.ts";
import { namesOf, pageWorkerName, type ScopeNames } from "../../protocol/names.ts";
import { pageName } from "./worker-messages.ts";

/** A worker that has not begun to run the daemon by then never will. */
const BOOT_MS = 10_000;

/**
 * Where there are no service workers: the same script in a worker of the page's own, shared with the app's other pages
 * where the browser can. Whichever of several workers holds the daemon's lock hears the commands of all pages.
 */
export class PageDaemon {
  static readonly #all = new Map<string, PageDaemon>();
  readonly scope: string;
  readonly script: URL;
  readonly #options: WorkerOptions;
  readonly #names: ScopeNames;
  #commands: BroadcastChannel | undefined;
  #worker: Worker | SharedWorker | undefined;
  #isShared: boolean = "SharedWorker" in globalThis;
  #startedAt = 0;
  /** What went wrong in the worker's script, as far as the browser says. */
  error: string | undefined;

  /** The one of this page. It outlives the session, whose tasks run on. @throws DOMException where it may not start */
  static at(script: URL, scope: string, type: WorkerType = "classic"): PageDaemon {
    const name = pageWorkerName(scope);
    const key = `${script.href} ${name}`;
    const daemon = PageDaemon.#all.get(key) ?? new PageDaemon(script, scope, { name, type });
    PageDaemon.#all.set(key, daemon);
    try {
      daemon.#start();
    } catch (error) {
      if (!daemon.tryAlone()) throw error;
    }
    return daemon;
  }

  private constructor(script: URL, scope: string, options: WorkerOptions) {
    this.script = script;
    this.scope = scope;
    this.#options = options;
    this.#names = namesOf(scope);
    // A worker stands still with its page, and must not hold the lock meanwhile; where the page goes for good, WebKit lets it
    // run on without its fetches and its blobs. Nor may a page hear what others say: that costs it its place in the
    // back/forward cache.
    addEventListener("pagehide", () => this.#stop());
    document.addEventListener("freeze", () => this.#stop());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#start());
    document.addEventListener("resume", () => this.#start());
  }

  /** Sends a command to the daemon. */
  tell(message: CommandMessage, replyTo?: string): void {
    const { backgroundSession, command } = message;
    const broadcast: BroadcastCommand = { backgroundSession, command, page: pageName() };
    this.#commands?.postMessage(replyTo === undefined ? broadcast : { ...broadcast, replyTo });
  }

  /** The same. @returns where the answer comes */
  ask(message: CommandMessage): BroadcastChannel {
    const id = crypto.randomUUID();
    const reply = new BroadcastChannel(this.#names.reply(id));
    this.tell(message, id);
    return reply;
  }

  /** Nobody runs the daemon: the worker has died, as that of a shared one does with the tab in whose process it was. */
  revive(): void {
    if (this.#worker === undefined || performance.now() - this.#startedAt < BOOT_MS) return;
    this.#stop();
    this.#start();
  }

  /** The worker does not answer. @returns whether another way is being tried: one of the page's own, which tells its errors */
  tryAlone(): boolean {
    if (!this.#isShared) return false;
    this.#isShared = false;
    this.#stop();
    this.#start();
    return true;
  }

  /** It did not begin to run the daemon, and may when the session is opened the next time. */
  giveUp(): void {
    this.#stop();
    this.#isShared = "SharedWorker" in globalThis;
  }

  #start(): void {
    if (this.#worker !== undefined) return;
    const worker = new (this.#isShared ? SharedWorker : Worker)(this.script, this.#options);
    worker.onerror = (event) => {
      this.error = (event as ErrorEvent).message ?? "it could not be loaded";
    };
    this.#worker = worker;
    this.#commands = new BroadcastChannel(this.#names.commands);
    this.#startedAt = performance.now();
  }

  #stop(): void {
    if (this.#worker instanceof Worker) this.#worker.terminate();
    this.#worker = undefined;
    this.#commands?.close();
    this.#commands = undefined;
  }
}
