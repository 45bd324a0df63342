import { byId } from "./template.ts";

const LONGEST_MS = 1_000;

/** Tells screen readers what changed; changes within one second are announced together. */
export class Announcer {
  readonly #element = byId("announcer", HTMLElement);
  /** The latest news about each subject. */
  readonly #news = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  announce(subject: string, text: string): void {
    this.#news.set(subject, text);
    this.#timer ??= setTimeout(() => this.#say(), LONGEST_MS);
  }

  #say(): void {
    this.#timer = undefined;
    this.#element.textContent = [...this.#news.values()].join(". ");
    this.#news.clear();
  }
}
