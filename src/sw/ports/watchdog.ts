/** Aborts a request that brings no data for too long, or when `outer` is aborted. */
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

  /** It was the silence, not `outer`. */
  get isExpired(): boolean {
    return this.#isExpired;
  }

  /** Data came. @param extraMs time on top of the interval */
  reset(extraMs = 0): void {
    clearTimeout(this.#timer);
    const delayMs = this.#intervalMs + extraMs;
    // setTimeout takes 31 bits; longer is for ever.
    if (delayMs < 2 ** 31) this.#timer = setTimeout(() => this.#expire(), delayMs);
  }

  /**
   * The request is over: what is still under way of it is broken off, as a body that nobody reads. To cancel that as well
   * would not do in Firefox, which then receives it to its end now and then.
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
