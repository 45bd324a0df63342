import type { Action, RowState } from "./row-state.ts";
import { copyOf, part, setText } from "./template.ts";

/** The row of one transfer. It is created once and updated in place, so that focus and selection stay. */
export class TransferRow {
  readonly element = copyOf("transfer-template");
  readonly #name = part(this.element, "name", HTMLElement);
  readonly #source = part(this.element, "source", HTMLElement);
  readonly #sentence = part(this.element, "sentence", HTMLElement);
  readonly #figures = part(this.element, "figures", HTMLElement);
  readonly #way = part(this.element, "way", HTMLElement);
  readonly #progress = part(this.element, "progress", HTMLProgressElement);
  readonly #details = part(this.element, "details", HTMLDetailsElement);
  readonly #detail = part(this.element, "detail", HTMLElement);
  readonly #buttons = [...this.element.querySelectorAll<HTMLButtonElement>("button[data-action]")];

  constructor(onAction: (action: Action) => void) {
    for (const button of this.#buttons) {
      button.addEventListener("click", () => onAction(button.dataset.action as Action));
    }
  }

  update(state: RowState): void {
    this.element.dataset.tone = state.tone;
    setText(this.#name, state.name);
    setText(this.#source, state.source);
    setText(this.#sentence, state.sentence);
    setText(this.#figures, state.figures);
    setText(this.#way, state.way);
    this.#way.hidden = state.way === "";
    setText(this.#detail, state.detail ?? "");
    this.#details.hidden = state.detail === undefined;
    this.#showProgress(state);
    this.#showButtons(state);
  }

  /** Moves the focus to the first available action. */
  focus(): void {
    this.#buttons.find((button) => !button.hidden)?.focus();
  }

  #showProgress({ progress, name }: RowState): void {
    this.#progress.hidden = progress === undefined;
    this.#progress.setAttribute("aria-label", `Progress of ${name}`);
    if (typeof progress === "number") this.#progress.value = progress;
    else this.#progress.removeAttribute("value");
  }

  #showButtons({ actions, name }: RowState): void {
    const focused = this.#buttons.find((button) => button === document.activeElement);
    for (const button of this.#buttons) {
      button.hidden = !actions.includes(button.dataset.action as Action);
      button.setAttribute("aria-label", `${button.textContent} ${name}`);
    }
    // A button that disappears loses the focus.
    if (focused?.hidden) this.#keepFocus();
  }

  #keepFocus(): void {
    if (this.#buttons.some((button) => !button.hidden)) this.focus();
    else this.#name.focus();
  }
}
