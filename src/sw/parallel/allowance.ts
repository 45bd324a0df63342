/** A download begins with a range this long: little comes at once if many begin, or a worker after the other. */
export const FIRST_BYTES: number = 64 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
const RANGE_SECONDS = 2;
/** Ranges of a session that has no limit any more. */
const UNLIMITED_BYTES = 2 ** 30;

/** Returns how much is asked for at once at this rate. @param rate bytes per second; 0: no limit */
export function rangeBytes(rate: number): number {
  if (rate === 0) return UNLIMITED_BYTES;
  return Math.min(MAX_BYTES, Math.max(FIRST_BYTES, Math.ceil(rate * RANGE_SECONDS)));
}

/**
 * What a session may ask for: what is taken is paid for by the time that follows, and nothing is saved up meanwhile. So no
 * more is taken than the rate × the time since the first, and one range. Times are milliseconds.
 */
export class Allowance {
  #rate = 0;
  /** Below 0 while what was taken is being paid for; bytes. */
  #balance = 0;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** Bytes per second; 0: no limit. */
  get rate(): number {
    return this.#rate;
  }

  setRate(rate: number, now: number): void {
    this.#pay(now);
    this.#rate = rate;
  }

  /** Returns how long it takes until something may be taken: 0 if it may now. */
  waitMs(now: number): number {
    this.#pay(now);
    return this.#balance < 0 ? Math.ceil((-this.#balance * 1000) / this.#rate) : 0;
  }

  take(bytes: number): void {
    this.#balance -= bytes;
  }

  giveBack(bytes: number): void {
    this.#balance = Math.min(0, this.#balance + bytes);
  }

  /** If the clock was set back, no time has passed. */
  #pay(now: number): void {
    const elapsedMs = Math.max(0, now - this.#at);
    this.#at = now;
    const isUnlimited = this.#rate === 0;
    this.#balance = isUnlimited ? 0 : Math.min(0, this.#balance + (elapsedMs * this.#rate) / 1000);
  }
}
