import { nameInUrl } from "../words/name-in-url.ts";
import { byId, setText } from "./template.ts";

/** The form for any URL. */
export class UrlForm {
  readonly #form = byId("url-form", HTMLFormElement);
  readonly #input = byId("url", HTMLInputElement);
  readonly #error = byId("url-error", HTMLElement);

  /** @param onDownload may throw; the error is shown */
  constructor(onDownload: (url: string, name: string) => void, signal: AbortSignal) {
    this.#form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        this.attempt(() => {
          const { href } = parsed(this.#input.value);
          onDownload(href, nameInUrl(href));
          this.#input.value = "";
        });
      },
      { signal },
    );
    this.#input.addEventListener("input", () => this.#show(""), { signal });
  }

  enable(): void {
    for (const button of this.#form.querySelectorAll("button")) button.disabled = false;
  }

  /** Starts a download, and shows why it could not. */
  attempt(begin: () => void): void {
    this.#show("");
    try {
      begin();
    } catch (error) {
      this.#show(error instanceof Error ? error.message : String(error));
      this.#input.focus();
    }
  }

  #show(problem: string): void {
    setText(this.#error, problem);
    if (problem === "") this.#input.removeAttribute("aria-invalid");
    else this.#input.setAttribute("aria-invalid", "true");
  }
}

function parsed(text: string): URL {
  const trimmed = text.trim();
  if (trimmed === "") throw new TypeError("Paste the address of a file first.");
  try {
    return new URL(trimmed);
  } catch {
    throw new TypeError(`“${trimmed}” is not a complete address. It begins with https:// or http://.`);
  }
}
