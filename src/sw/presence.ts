/** A page is there when it answered within this time, not when it is listed (W2). */
const PRESENCE_MS = 20_000;

interface Sighting {
  readonly at: number;
  readonly isVisible: boolean;
}

/** Which pages answered lately, and whether anybody looks at one. */
export class Presence {
  readonly #pages = new Map<string, Sighting>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  saw(page: string, isVisible: boolean): void {
    this.#pages.set(page, { at: this.#now(), isVisible });
  }

  get isAnyone(): boolean {
    return this.#recent().length > 0;
  }

  get isVisible(): boolean {
    return this.#recent().some((sighting) => sighting.isVisible);
  }

  #recent(): Sighting[] {
    const now = this.#now();
    for (const [page, { at }] of this.#pages) {
      // An answer out of the future: the clock was set back since.
      if (Math.abs(now - at) > PRESENCE_MS) this.#pages.delete(page);
    }
    return [...this.#pages.values()];
  }
}
