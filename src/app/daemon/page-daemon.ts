import type { BroadcastCommand, CommandMessage } from "../../protocol/commands.ts";
import { namesOf, pageWorkerName, type ScopeNames } from "../../protocol/names.ts";
import type { Script } from "./daemon-location.ts";
import { pageName } from "./worker-messages.ts";

/** A worker that has not started the daemon by then never will. */
const BOOT_MS = 10_000;

/**
 * The daemon if there are no service workers: the same script in a worker of the page, which the app's other pages share
 * if the browser has shared workers. If there are several workers, the one that holds the daemon's lock answers all pages.
 */
export class PageDaemon {
  static readonly #all = new Map<string, PageDaemon>();
  readonly scope: string;
  readonly script: URL;
  readonly #address: string | URL;
  readonly #options: WorkerOptions;
  readonly #names: ScopeNames;
  #commands: BroadcastChannel | undefined;
  #worker: Worker | SharedWorker | undefined;
  #isShared: boolean = "SharedWorker" in globalThis;
  #isGivenUp = false;
  #startedAt = 0;
  /** What the browser reported of the worker's script. */
  error: string | undefined;

  /** Returns this page's daemon. It outlives the session, whose tasks run on. @throws DOMException if it may not start */
  static at(script: Script): PageDaemon {
    const name = pageWorkerName(script.scope);
    const key = `${script.url.href} ${name}`;
    const daemon = PageDaemon.#all.get(key) ?? new PageDaemon(script, name);
    PageDaemon.#all.set(key, daemon);
    daemon.#isGivenUp = false;
    try {
      daemon.#start();
    } catch (error) {
      if (!daemon.tryAlone()) throw error;
    }
    return daemon;
  }

  private constructor({ url, address, scope, options: { type = "classic" } }: Script, name: string) {
    this.script = url;
    this.scope = scope;
    this.#address = address;
    this.#options = { name, type };
    this.#names = namesOf(scope);
    // A worker is frozen with its page, and must not hold the lock meanwhile. If the page is gone for good, WebKit lets the
    // worker run on without its fetches and blobs. An open channel would cost the page its place in the back/forward cache.
    addEventListener("pagehide", () => this.#stop());
    document.addEventListener("freeze", () => this.#stop());
    const onReturn = (): void => {
      if (!this.#isGivenUp) this.#start();
    };
    addEventListener("pageshow", ({ persisted }) => persisted && onReturn());
    document.addEventListener("resume", onReturn);
  }

  /** Sends a command to the daemon. */
  tell(message: CommandMessage, reply: { readonly replyTo?: string } = {}): void {
    const broadcast: BroadcastCommand = { ...message, page: pageName(), ...reply };
    this.#commands?.postMessage(broadcast);
  }

  /** Sends a command. @returns the channel on which the answer comes */
  ask(message: CommandMessage): BroadcastChannel {
    const replyTo = crypto.randomUUID();
    const reply = new BroadcastChannel(this.#names.reply(replyTo));
    this.tell(message, { replyTo });
    return reply;
  }

  /** Starts the worker again: nobody runs the daemon. A shared worker dies with the tab whose process it is in. */
  revive(): void {
    if (this.#worker !== undefined && performance.now() - this.#startedAt >= BOOT_MS) this.#restart();
  }

  /** Tries a worker that is not shared, which reports its errors. @returns whether that is something new */
  tryAlone(): boolean {
    if (!this.#isShared) return false;
    this.#isShared = false;
    this.#restart();
    return true;
  }

  /** Stops a worker that did not start the daemon; it may when the session is opened the next time. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#stop();
    this.#isShared = "SharedWorker" in globalThis;
  }

  #restart(): void {
    this.#stop();
    this.#start();
  }

  #start(): void {
    if (this.#worker !== undefined) return;
    const worker = new (this.#isShared ? SharedWorker : Worker)(this.#address, this.#options);
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
