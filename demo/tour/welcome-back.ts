import type { Library } from "../library/library.ts";
import type { LibraryEntry } from "../library/schema.ts";
import { byId, setText } from "../view/template.ts";
import { welcomeWords } from "./welcome-words.ts";

/** The banner at the top: what ended while no page was open, once. */
export class WelcomeBack {
  readonly #element = byId("welcome", HTMLElement);
  readonly #libraries: readonly Promise<Library>[];
  readonly #onBack: () => void;
  /** All of this visit: their events may come one after the other. */
  readonly #news: LibraryEntry[] = [];

  constructor(libraries: readonly Promise<Library>[], onBack: () => void, signal: AbortSignal) {
    this.#libraries = libraries;
    this.#onBack = onBack;
    this.#element.hidden = true;
    byId("welcome-dismiss", HTMLButtonElement).addEventListener("click", () => this.#dismiss(), { signal });
  }

  /** Looks for what is new. */
  async look(): Promise<void> {
    const news = await Promise.all(this.#libraries.map(async (library) => (await library).takeNews()));
    if (news.flat().length === 0) return;
    this.#news.push(...news.flat());
    const words = welcomeWords(this.#news);
    if (words === undefined) return;
    setText(byId("welcome-title", HTMLElement), words.title);
    setText(byId("welcome-ways", HTMLElement), words.ways);
    this.#element.hidden = false;
    this.#onBack();
  }

  #dismiss(): void {
    this.#news.length = 0;
    this.#element.hidden = true;
    // The button that had the focus is gone.
    byId("downloads-heading", HTMLElement).focus();
  }
}
