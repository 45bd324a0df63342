import type { TaskSnapshot } from "../app/index.ts";
import { ActionButton } from "./action-button.ts";
import { makeIcon, showIcon } from "./icons.ts";
import { make, setAttribute, setProgress, setText } from "./make-element.ts";
import { rowView } from "./row-view.ts";
import { Thumbnail } from "./thumbnail.ts";
import type { Words } from "./words.ts";

/** The elements of one task. They are made once and then changed in place, so that the focus stays. */
export class TransferRow {
  readonly #icon = makeIcon("file");
  readonly #thumbnail = new Thumbnail();
  // A name that is cut keeps its beginning, whichever way it is written.
  readonly #name = make("p", { part: "name", dir: "auto" });
  readonly #bar = make("progress", { part: "bar" });
  readonly #sentence = make("span", { class: "sentence" });
  readonly #figures = make("span", { class: "figures" });
  readonly #status = make("p", { part: "status" }, this.#sentence, this.#figures);
  readonly #said = make("span");
  readonly #host = make("bdi");
  readonly #source = make("p", { part: "source" }, this.#said, this.#host);
  readonly #buttons = [new ActionButton(), new ActionButton(), new ActionButton()];
  readonly element: HTMLLIElement = make(
    "li",
    { part: "row", tabindex: "-1" },
    make("span", { part: "icon" }, this.#icon, this.#thumbnail.element),
    this.#name,
    this.#bar,
    this.#status,
    this.#source,
    make("div", { part: "actions" }, ...this.#buttons.map(({ element }) => element)),
  );

  /**
   * @param file what a finished download brought
   * @returns whether the row counts down
   */
  show(task: TaskSnapshot, file: File | undefined, words: Words): boolean {
    const view = rowView(task, file, words, Date.now());
    this.element.dataset.tone = view.tone;
    showIcon(this.#icon, view.fileKind);
    this.#thumbnail.show(file);
    setText(this.#name, view.name);
    setText(this.#sentence, view.sentence + view.countdown);
    setText(this.#figures, view.figures && ` · ${view.figures}`);
    setText(this.#said, view.source);
    setText(this.#host, view.host);
    for (const cut of [this.#name, this.#status, this.#source]) setAttribute(cut, "title", cut.textContent);
    this.#bar.hidden = view.progress === undefined;
    setAttribute(this.#bar, "aria-label", view.name);
    setProgress(this.#bar, view.progress === "unknown" ? undefined : view.progress);
    const { activeElement } = this.element.getRootNode() as ShadowRoot;
    for (const [index, button] of this.#buttons.entries())
      button.show(view.actions[index], words.messages.actions, view);
    // A button that goes away gives its focus to another one, but not to the one that ends or removes the task.
    if (this.#buttons.some(({ element }) => element === activeElement && element.hidden))
      (this.#buttons.slice(0, 2).find(({ element }) => !element.hidden)?.element ?? this.element).focus();
    return view.countdown !== "";
  }

  /** Moves the focus to the button of that action, to the first one, or to the row if it has none. */
  focus(action: string | undefined): void {
    const seen = this.#buttons.filter(({ element }) => !element.hidden);
    const button = seen.find((one) => one.action === action) ?? seen[0];
    (button?.element ?? this.element).focus();
  }
}
