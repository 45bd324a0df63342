import type { Watchdog } from "../ports/watchdog.ts";
import { FIRST_BYTES } from "./allowance.ts";
import type { RateLimit } from "./rate-limit.ts";

/** What an attempt may still receive before it has to wait for its next turn. */
export class Pace {
  readonly #limit: RateLimit;
  #most = FIRST_BYTES;
  /** Bytes. */
  #left = 0;

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Waits until something may be received; that is no silence of the server's. @returns how many bytes */
  async turn(watchdog: Watchdog): Promise<number> {
    if (this.#left > 0) return this.#left;
    watchdog.reset(Number.POSITIVE_INFINITY);
    this.#left += await this.#limit.take(this.#most, watchdog.signal);
    watchdog.reset();
    this.#most = Number.POSITIVE_INFINITY;
    return this.#left;
  }

  received(bytes: number): void {
    this.#left -= bytes;
  }

  /** What is left is for the other downloads. */
  giveBack(): void {
    if (this.#left > 0) this.#limit.giveBack(this.#left);
    this.#left = 0;
  }
}
