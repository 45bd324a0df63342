const WINDOW_MS = 500;
/** Weight of a new window: the figure covers about the last three seconds. */
const WEIGHT = 0.3;

/** Measures bytes per second, smoothed. */
export class RateMeter {
  #windowStart: number;
  #windowBytes = 0;
  #rate: number | undefined;

  constructor(now: number) {
    this.#windowStart = now;
  }

  add(bytes: number, now: number): void {
    this.#windowBytes += bytes;
    const elapsedMs = now - this.#windowStart;
    if (elapsedMs < WINDOW_MS) return;
    const measured = (this.#windowBytes * 1000) / elapsedMs;
    this.#rate = this.#rate === undefined ? measured : this.#rate + WEIGHT * (measured - this.#rate);
    this.#windowStart = now;
    this.#windowBytes = 0;
  }

  /** Undefined in the first half second. */
  get bytesPerSecond(): number | undefined {
    return this.#rate;
  }
}
