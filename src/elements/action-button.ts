import type { Action } from "./choices.ts";
import { makeIcon, showIcon } from "./icons.ts";
import { make, setAttribute } from "./make-element.ts";
import type { Messages } from "./messages/messages.ts";
import type { RowView } from "./row-view.ts";

/** A button with a picture. What it does may change while it has the focus. */
export class ActionButton {
  readonly #icon = makeIcon("cancel");
  readonly element: HTMLButtonElement = make("button", {}, this.#icon);

  get action(): string | undefined {
    return this.element.dataset.action;
  }

  /** @param action hides the button if there is none */
  show(action: Action | undefined, labels: Messages["actions"], { name, sentence }: RowView): void {
    this.element.hidden = action === undefined;
    if (action === undefined) return;
    const label = labels[action];
    showIcon(this.#icon, action);
    setAttribute(this.element, "data-action", action);
    setAttribute(this.element, "part", `button ${action}`);
    setAttribute(this.element, "aria-label", `${label} ${name}`);
    // A screen reader says it again if it changes: it has no figures. Only for these two it says why.
    setAttribute(this.element, "title", /now|retry/.test(action) ? `${label} · ${sentence}` : label);
  }
}
