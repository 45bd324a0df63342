import { notify } from "./report.ts";

/** How often listeners are told, at most. */
const INTERVAL_MS = 100;

/** Tells listeners that something of a session has changed. One turn tells all of them. */
export class Changes {
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Another number after each change. */
  version = 0;

  /** Something has changed. */
  readonly mark = (): void => {
    this.version += 1;
    if (this.#listeners.size === 0) return;
    this.#timer ??= setTimeout(() => this.#tell(), this.#toldAt + INTERVAL_MS - performance.now());
  };

  /** @returns what takes the listener out again */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    this.#timer = undefined;
    this.#toldAt = performance.now();
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) void notify(listener);
  }
}
