import { aborted } from "../async/aborted.ts";
import { pause } from "../async/pause.ts";
import { SessionError } from "../protocol/session-error.ts";
import type { DaemonHost } from "./ports/daemon-host.ts";

/** The time from the request for the lock to its release. */
export interface Stint {
  readonly leaving: AbortController;
  /** Fulfils when the work has begun; rejects if it could not. */
  readonly started: Promise<void>;
  /** Fulfils when the lock is released. */
  over: Promise<void>;
}

export interface StintsOptions {
  readonly host: DaemonHost;
  /** Begins the work: the lock is held. */
  readonly begin: () => Promise<void>;
  /** Ends the work at a checkpoint: the lock is about to be released, or was stolen. */
  readonly end: () => Promise<void>;
  /** The lock was released, or stolen. */
  readonly onOver: () => void;
  readonly onError: (error: unknown) => void;
}

/** Takes turns with the daemons of other workers: one at a time holds the lock of the scope and does the work. */
export class Stints {
  readonly #options: StintsOptions;
  #current: Stint | undefined;
  #isAway = false;
  #hasLock = false;

  constructor(options: StintsOptions) {
    this.#options = options;
    const { database, log } = options.host;
    database.onTerminated = () => {
      const message = "The browser closed the database by force. Starting over from disk.";
      log({ level: "error", message });
      void this.#stop().then(() => this.start(), options.onError);
    };
  }

  get current(): Stint | undefined {
    return this.#current;
  }

  /** This daemon makes way for a newer version. */
  get isAway(): boolean {
    return this.#isAway;
  }

  get hasLock(): boolean {
    return this.#hasLock;
  }

  /** Requests the lock and begins once it is held. Does nothing if it was called before. */
  start(): void {
    if (this.#current !== undefined || this.#isAway) return;
    const { host, onError } = this.#options;
    const leaving = new AbortController();
    let over = Promise.resolve();
    const started = new Promise<void>((resolve, reject) => {
      over = host
        .exclusively((lost) => this.#work(lost, leaving.signal, resolve), leaving.signal)
        .catch((error: unknown) => {
          if (leaving.signal.aborted) return;
          // The next command tries again.
          this.#current = undefined;
          onError(error);
          reject(error);
        })
        .finally(() => this.#startAgain(leaving.signal));
    });
    started.catch(() => {});
    this.#current = { leaving, started, over };
  }

  /** Stops at a checkpoint and releases the lock, for a newer version (V1). Nothing starts until `comeBack`. */
  leave(): Promise<void> {
    this.#isAway = true;
    return this.#stop();
  }

  /** The newer version did not take over. */
  comeBack(): void {
    this.#isAway = false;
    this.start();
  }

  /** Leaves for `delayMs`, so that a newer version can take over, and comes back if it is still wanted. */
  async makeWay(delayMs: number, isWanted: () => boolean = () => true): Promise<void> {
    await this.leave();
    await pause(delayMs);
    if (isWanted()) this.comeBack();
  }

  async #stop(): Promise<void> {
    const stint = this.#current;
    if (stint === undefined) return;
    stint.leaving.abort();
    await stint.over;
    this.#end();
  }

  async #work(lost: AbortSignal, leaving: AbortSignal, onStarted: () => void): Promise<void> {
    const { host, begin, end } = this.#options;
    host.database.fence = undefined;
    this.#hasLock = true;
    lost.addEventListener("abort", () => this.#onStolen());
    try {
      await begin();
      onStarted();
      await aborted(AbortSignal.any([leaving, lost]));
      await end();
    } finally {
      this.#hasLock = false;
    }
  }

  /** Another worker does the work from now on: nothing is written here any more. */
  #onStolen(): void {
    const { database, log } = this.#options.host;
    this.#hasLock = false;
    const message = "Another worker has taken the transfers over.";
    database.fence = new SessionError("daemon-missing", message);
    log({ level: "warning", message });
  }

  /** After its lock was stolen, the daemon waits for its turn again. */
  #startAgain(leaving: AbortSignal): void {
    if (leaving.aborted || this.#current === undefined) return;
    this.#end();
    this.start();
  }

  #end(): void {
    this.#current = undefined;
    this.#options.onOver();
  }
}
