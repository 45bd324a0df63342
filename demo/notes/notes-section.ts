import type { TaskSnapshot } from "../../src/app/index.ts";
import { byId, copyOf, part, setText } from "../view/template.ts";
import { noteWords } from "./note-words.ts";
import { Notes } from "./notes.ts";

const SECOND_MS = 1_000;

/** The form for notes, and what has become of each. */
export class NotesSection {
  readonly #notes = new Notes((notes) => this.#show(notes));
  readonly #form = byId("note-form", HTMLFormElement);
  readonly #input = byId("note", HTMLInputElement);
  readonly #isBusy = byId("note-busy", HTMLInputElement);
  readonly #error = byId("note-error", HTMLElement);
  readonly #list = byId("notes", HTMLOListElement);
  readonly #items = new Map<string, HTMLElement>();
  readonly #ticking: ReturnType<typeof setInterval>;
  #shown: readonly TaskSnapshot[] = [];
  /** The user has written a note that is not in the list yet. */
  #isAwaited = false;

  constructor(signal: AbortSignal) {
    this.#list.replaceChildren();
    this.#form.addEventListener("submit", (event) => this.#submit(event), { signal });
    // The seconds until the next try.
    this.#ticking = setInterval(() => this.#update(), SECOND_MS);
  }

  /** @throws SessionError as `BackgroundSession.open` does */
  async open(signal: AbortSignal): Promise<void> {
    await this.#notes.open(signal);
    for (const button of this.#form.querySelectorAll("button")) button.disabled = false;
  }

  async close(): Promise<void> {
    clearInterval(this.#ticking);
    await this.#notes.close();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const text = this.#input.value.trim();
    setText(this.#error, text === "" ? "Write something first." : "");
    this.#input.setAttribute("aria-invalid", String(text === ""));
    this.#input.focus();
    if (text === "") return;
    this.#input.value = "";
    this.#isAwaited = true;
    this.#notes.add(text, this.#isBusy.checked).catch((error: unknown) => {
      // What was written must not be lost.
      if (this.#input.value === "") this.#input.value = text;
      setText(this.#error, error instanceof Error ? error.message : String(error));
    });
  }

  #show(notes: readonly TaskSnapshot[]): void {
    this.#shown = notes;
    const ids = new Set(notes.map(({ id }) => id));
    for (const [id, item] of this.#items) {
      if (ids.has(id)) continue;
      item.remove();
      this.#items.delete(id);
    }
    let isNew = false;
    for (const { id, description } of notes.toReversed()) {
      if (this.#items.has(id)) continue;
      const item = copyOf("note-template");
      setText(part(item, "text", HTMLElement), description ?? id);
      this.#items.set(id, item);
      this.#list.prepend(item);
      isNew = true;
    }
    this.#update();
    if (!isNew || !this.#isAwaited) return;
    this.#isAwaited = false;
    this.#list.firstElementChild?.scrollIntoView({ block: "nearest" });
  }

  #update(): void {
    for (const note of this.#shown) {
      const item = this.#items.get(note.id);
      const { sentence, tone } = noteWords(note, Date.now());
      if (item === undefined) continue;
      item.dataset.tone = tone;
      setText(part(item, "sentence", HTMLElement), sentence);
    }
  }
}
