/** The earliest of the times that are still to come. */
export class NextTime {
  readonly #now: number;
  /** Undefined if there is none. */
  time: number | undefined;

  constructor(now: number) {
    this.#now = now;
  }

  /** @param time undefined or infinite for never */
  add(time: number = Number.POSITIVE_INFINITY): void {
    if (time > this.#now && time < (this.time ?? Number.POSITIVE_INFINITY)) this.time = time;
  }
}
