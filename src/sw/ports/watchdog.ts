/** Aborts a request that receives no data for too long, or when `outer` is aborted. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #intervalMs: number;
  readonly #outer: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isExpired = false;

  constructor(intervalMs: number, outer: AbortSignal) {
    this.#intervalMs = intervalMs;
    this.#outer = outer;
    if (outer.aborted) this.#controller.abort();
    outer.addEventListener("abort", this.#onAbort, { once: true });
    this.reset();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the silence aborted it, not `outer`. */
  get isExpired(): boolean {
    return this.#isExpired;
  }

  /** Restarts the interval. @param extraMs time on top of it */
  reset(extraMs = 0): void {
    clearTimeout(this.#timer);
    const delayMs = this.#intervalMs + extraMs;
    // setTimeout takes 31 bits; longer means never.
    if (delayMs < 2 ** 31) this.#timer = setTimeout(() => this.#expire(), delayMs);
  }

  /**
   * Ends the request: aborts what is still in flight, such as a body that nobody reads. Cancelling the body instead would
   * not be enough: Firefox then sometimes receives it to its end.
   */
  stop(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#onAbort);
    this.#controller.abort();
  }

  readonly #onAbort = (): void => this.#controller.abort();

  #expire(): void {
    this.#isExpired = true;
    this.#controller.abort();
  }
}
