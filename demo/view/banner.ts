import { SessionError } from "../../src/app/index.ts";
import { ERROR_WORDS } from "../words/error-words.ts";
import { byId, setText } from "./template.ts";

/** Says what is wrong with the app as a whole, and what to do about it. */
export class Banner {
  readonly #element = byId("banner", HTMLElement);

  constructor(signal: AbortSignal) {
    this.hide();
    byId("banner-reload", HTMLButtonElement).addEventListener("click", () => location.reload(), { signal });
    byId("banner-dismiss", HTMLButtonElement).addEventListener("click", () => this.hide(), { signal });
  }

  show(error: unknown): void {
    const title = error instanceof SessionError ? ERROR_WORDS[error.code] : "Something went wrong";
    setText(byId("banner-title", HTMLElement), title);
    setText(byId("banner-message", HTMLElement), error instanceof Error ? error.message : String(error));
    this.#element.hidden = false;
  }

  hide(): void {
    this.#element.hidden = true;
  }
}
