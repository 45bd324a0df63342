import { copyOf, part, setText } from "../view/template.ts";
import type { Action, KeptRowState } from "./kept-row-state.ts";

/** The row of one ended transfer. It is created once and updated in place, so that focus and selection stay. */
export class KeptRow {
  readonly element = copyOf("kept-template");
  readonly #buttons = [...this.element.querySelectorAll<HTMLButtonElement>("button[data-action]")];

  constructor(onAction: (action: Action) => void) {
    for (const button of this.#buttons) {
      button.addEventListener("click", () => onAction(button.dataset.action as Action));
    }
  }

  update({ name, sentence, tone, facts, detail, actions }: KeptRowState): void {
    this.element.dataset.tone = tone;
    const texts = { name, sentence, facts, detail: detail ?? "" };
    for (const [key, text] of Object.entries(texts)) setText(part(this.element, key, HTMLElement), text);
    part(this.element, "details", HTMLDetailsElement).hidden = detail === undefined;
    for (const button of this.#buttons) {
      button.hidden = !actions.includes(button.dataset.action as Action);
      button.setAttribute("aria-label", `${button.textContent} ${name}`);
    }
  }

  /** Moves the focus to the first available action. */
  focus(): void {
    this.#buttons.find((button) => !button.hidden)?.focus();
  }
}
