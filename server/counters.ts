/** Counts how often something has happened to something: every "first n requests" switch uses it. */
export class Counters {
  readonly #counts = new Map<string, number>();

  /** 1 the first time that `what` happens to `subject`, then 2, and so on. */
  next(what: string, subject: string): number {
    const key = `${what} ${subject}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  clear(): void {
    this.#counts.clear();
  }
}
