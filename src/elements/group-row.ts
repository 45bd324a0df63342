import { fill } from "./formats.ts";
import { makeIcon } from "./icons.ts";
import type { GroupItem } from "./list-items.ts";
import { make, setAttribute, setText } from "./make-element.ts";
import type { Words } from "./words.ts";

/** The line above the tasks of a group, which opens and closes it. */
export class GroupRow {
  readonly #name = make("bdi");
  readonly #count = make("span", { class: "figures" });
  readonly #button = make(
    "button",
    { "data-action": "group", part: "group-button" },
    makeIcon("group"),
    this.#name,
    this.#count,
  );
  readonly element: HTMLLIElement = make("li", { part: "group", tabindex: "-1" }, this.#button);

  show({ name, counts, isClosed }: GroupItem, { messages, formats }: Words): void {
    const all = counts();
    const total = Object.values(all).reduce((sum, count) => sum + count);
    setText(this.#name, name);
    setAttribute(this.#name, "title", name);
    setText(
      this.#count,
      fill(messages.bytes, { a: formats.number(all.succeeded), b: formats.number(total) }),
    );
    setAttribute(this.#button, "aria-expanded", String(!isClosed));
  }

  focus(_action?: string): void {
    this.#button.focus();
  }
}
