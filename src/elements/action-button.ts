import type { Action } from "./choices.ts";
import { makeIcon, showIcon } from "./icons.ts";
import { make, setAttribute } from "./make-element.ts";
import type { Messages } from "./messages/messages.ts";

/** A button with a picture. What it does may change while it has the focus. */
export class ActionButton {
  readonly element: HTMLButtonElement;
  readonly #icon = makeIcon("cancel");

  /**
   * @param id unique in the panel
   * @param nameId the element with the name of the file, which the button's name ends with
   * @param reasonId the element that says why there is something to do
   */
  constructor(id: string, nameId: string, reasonId: string) {
    const labels = { "aria-labelledby": `${id} ${nameId}`, "aria-describedby": reasonId };
    this.element = make("button", { type: "button", id, ...labels }, this.#icon);
  }

  get action(): string | undefined {
    return this.element.dataset.action;
  }

  /** @param action hides the button if there is none */
  show(action: Action | undefined, labels: Messages["actions"]): void {
    this.element.hidden = action === undefined;
    if (action === undefined) return;
    const label = labels[action];
    if (this.action === action && this.element.ariaLabel === label) return;
    showIcon(this.#icon, action);
    this.element.dataset.action = action;
    setAttribute(this.element, "part", `button ${action}`);
    setAttribute(this.element, "aria-label", label);
    this.element.title = label;
  }
}
