import { namesOf } from "../../protocol/names.ts";

/** A worker boots in a fraction of this. */
const WATCH_AGAIN_MS = 1_000;

/**
 * Notices at once that the daemon is gone. It waits for the lock that a daemon holds while it lives: the browser tells
 * no page that it stopped the worker, or that the worker died with the crashed tab whose process it shared, but it
 * passes the lock on.
 */
export class DaemonWatch {
  readonly #lock: string;
  readonly #mayWatch: () => boolean;
  readonly #revive: () => boolean;
  #waiting: AbortController | undefined;

  /** @param revive starts the daemon anew, and returns false if nobody needs it */
  constructor(scope: string, mayWatch: () => boolean, revive: () => boolean) {
    this.#lock = namesOf(scope).daemonLock;
    this.#mayWatch = mayWatch;
    this.#revive = revive;
  }

  start(): void {
    if (this.#waiting !== undefined || !this.#mayWatch()) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    navigator.locks
      .request(this.#lock, { mode: "shared", signal: waiting.signal }, () => {})
      .then(() => {
        // The next sign of life begins a new watch.
        this.#waiting = undefined;
        // A message to a worker that is just dying is lost: look again whether one lives.
        if (this.#revive()) setTimeout(() => this.start(), WATCH_AGAIN_MS);
      })
      .catch(() => {
        if (this.#waiting === waiting) this.#waiting = undefined;
      });
  }

  stop(): void {
    this.#waiting?.abort();
    this.#waiting = undefined;
  }
}
