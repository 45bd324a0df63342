import type { TaskSnapshot } from "../app/index.ts";
import { ActionButton } from "./action-button.ts";
import { makeIcon, showIcon } from "./icons.ts";
import { make, setProgress, setText } from "./make-element.ts";
import type { Messages } from "./messages/messages.ts";
import { type RowView, rowView } from "./row-view.ts";
import type { Words } from "./words.ts";

let made = 0;

/** The elements of one task. They are made once and then changed in place, so that the focus stays. */
export class TransferRow {
  readonly element: HTMLLIElement;
  readonly #icon = makeIcon("file");
  readonly #name: HTMLElement;
  readonly #bar: HTMLProgressElement;
  readonly #sentence = make("span", { class: "sentence" });
  readonly #figures = make("span", { class: "figures" });
  readonly #source = make("p", { class: "source", part: "source" });
  readonly #actions = make("div", { class: "actions", part: "actions" });
  readonly #buttons: ActionButton[] = [];
  readonly #id: string;

  constructor() {
    made += 1;
    this.#id = `row-${made}`;
    this.#name = make("bdi", { id: `${this.#id}-name` });
    this.#bar = make("progress", { part: "bar", max: "1", "aria-labelledby": this.#name.id });
    this.element = make(
      "li",
      { part: "row", class: "row", tabindex: "-1" },
      make("span", { class: "kind", part: "icon" }, this.#icon),
      make("p", { class: "name", part: "name" }, this.#name),
      this.#bar,
      make("p", { class: "status", part: "status", id: `${this.#id}-status` }, this.#sentence, this.#figures),
      this.#source,
      this.#actions,
    );
  }

  /**
   * @param file what a finished download brought
   * @returns whether the row counts down
   */
  show(task: TaskSnapshot, file: File | undefined, words: Words): boolean {
    const view = rowView(task, file, words, Date.now());
    this.element.dataset.tone = view.tone;
    showIcon(this.#icon, view.fileKind);
    setText(this.#name, view.name);
    this.#name.title = view.name;
    setText(this.#sentence, view.sentence);
    setText(this.#figures, view.figures);
    setText(this.#source, view.source);
    this.#source.title = view.source;
    this.#bar.hidden = view.progress === undefined;
    setProgress(this.#bar, view.progress === "unknown" ? undefined : view.progress);
    this.#showActions(view, words.messages.actions);
    return view.secondsToStart !== undefined;
  }

  /** Moves the focus to the button of that action, to the first one, or to the row if it has none. */
  focus(action: string | undefined): void {
    const button = this.#buttons.find((one) => one.action === action) ?? this.#buttons[0];
    (button?.element ?? this.element).focus();
  }

  #showActions(view: RowView, labels: Messages["actions"]): void {
    while (this.#buttons.length < view.actions.length) this.#addButton();
    const root = this.element.getRootNode() as ShadowRoot;
    for (const button of this.#buttons.splice(view.actions.length)) {
      const isFocused = root.activeElement === button.element;
      button.element.remove();
      if (isFocused) this.focus(undefined);
    }
    for (const [index, action] of view.actions.entries()) this.#buttons[index]?.show(action, labels[action]);
  }

  #addButton(): void {
    const id = `${this.#id}-button-${this.#buttons.length}`;
    const button = new ActionButton(id, this.#name.id, `${this.#id}-status`);
    this.#buttons.push(button);
    this.#actions.append(button.element);
  }
}
