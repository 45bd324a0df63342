import type { CatalogueEntry } from "../../server/catalogue.ts";
import { loadCatalogue } from "../catalogue.ts";
import { byId, copyOf, part, setText } from "./template.ts";

const STARTED_SHOWN_MS = 2_000;

/** The server's sample files, each with a button. */
export class SampleList {
  readonly #list = byId("samples", HTMLUListElement);
  readonly #note = byId("samples-note", HTMLElement);
  readonly #onDownload: (url: string, name: string) => void;
  readonly #signal: AbortSignal;
  #isEnabled = false;

  constructor(onDownload: (url: string, name: string) => void, signal: AbortSignal) {
    this.#onDownload = onDownload;
    this.#signal = signal;
    this.#list.replaceChildren();
    addEventListener("online", () => void this.load(), { signal });
  }

  async load(): Promise<void> {
    const { samples, isFresh } = await loadCatalogue(this.#signal);
    if (this.#signal.aborted) return;
    setText(this.#note, noteOf(samples.length, isFresh));
    this.#note.hidden = isFresh;
    // An existing button may have the focus.
    if (this.#list.childElementCount === samples.length) return;
    this.#list.replaceChildren(...samples.map((sample) => this.#item(sample)));
  }

  enable(): void {
    this.#isEnabled = true;
    for (const button of this.#list.querySelectorAll("button")) button.disabled = false;
  }

  #item(sample: CatalogueEntry): HTMLElement {
    const item = copyOf("sample-template");
    setText(part(item, "name", HTMLElement), sample.name);
    setText(part(item, "description", HTMLElement), sample.description);
    const button = part(item, "download", HTMLButtonElement);
    button.disabled = !this.#isEnabled;
    showVerb(button, "Download", sample.name);
    button.addEventListener("click", () => {
      this.#onDownload(withKey(sample.url), sample.name);
      showVerb(button, "Started", sample.name);
      // What was tapped says so itself: the row may be out of sight.
      setTimeout(() => showVerb(button, "Download", sample.name), STARTED_SHOWN_MS);
    });
    return item;
  }
}

function showVerb(button: HTMLButtonElement, verb: string, name: string): void {
  setText(button, verb);
  button.setAttribute("aria-label", `${verb} ${name}`);
}

/** The server counts its faults by URL, so every download gets its own. */
function withKey(address: string): string {
  const url = new URL(address, location.href);
  url.searchParams.set("key", crypto.randomUUID());
  return url.href;
}

function noteOf(count: number, isFresh: boolean): string {
  if (isFresh) return "";
  if (count === 0) return "The list cannot be loaded. It will appear when the network is back.";
  return "The server cannot be reached. Downloads that you start now wait for the network.";
}
