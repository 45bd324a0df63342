import { within } from "../async/within.ts";

/** Keeps events of the worker open until the daemon is idle. */
export class IdleWaiters {
  readonly #waiters = new Set<() => void>();

  /**
   * Fulfils when all waiters are released, after `limitMs`, or if the daemon is idle once it has started.
   * @param started rejects if the daemon cannot start, and then so does this
   */
  wait(limitMs: number, started: Promise<void>, isIdle: () => boolean): Promise<void> {
    const idle = new Promise<void>((resolve, reject) => {
      this.#waiters.add(resolve);
      started.then(() => isIdle() && resolve(), reject);
    });
    return within(limitMs, idle);
  }

  releaseAll(): void {
    for (const release of this.#waiters) release();
    this.#waiters.clear();
  }
}
