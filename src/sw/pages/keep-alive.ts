/**
 * How often the daemon asks its pages whether they are there. Their answers are events, and events keep the worker
 * alive: a browser stops an idle one after 30 s. The worker asks because its timers keep their pace; a hidden page's
 * are throttled to one a minute (W2).
 */
const QUESTION_MS = 10_000;

/** Asks only while there is work: an idle daemon may sleep. */
export class KeepAlive {
  readonly #ask: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(ask: () => void) {
    this.#ask = ask;
  }

  update(hasWork: boolean): void {
    if (hasWork && this.#timer === undefined) {
      this.#timer = setInterval(this.#ask, QUESTION_MS);
      this.#ask();
    } else if (!hasWork) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
