import { notify } from "./report.ts";

/** How often listeners are told, at most. */
const INTERVAL_MS = 100;
/** How long a frame is waited for: a page that has just been hidden has none. */
const FRAME_MS = 1_000;

/** Tells listeners that something of a session has changed: in a frame, if there is one. One turn tells all of them. */
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
    this.#timer ??= setTimeout(() => this.#await(), this.#toldAt + INTERVAL_MS - performance.now());
  };

  /** @returns what takes the listener out again */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #await(): void {
    // A document without a browser may have no frames.
    if (globalThis.document?.visibilityState === "visible" && typeof requestAnimationFrame === "function") {
      const frame = requestAnimationFrame(() => this.#tell());
      this.#timer = setTimeout(() => {
        cancelAnimationFrame(frame);
        this.#tell();
      }, FRAME_MS);
    } else this.#tell();
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#toldAt = performance.now();
    // One that listens anew while it is told is told the next time.
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) void notify(listener);
  }
}
