import type { Filter, Order } from "./choices.ts";
import type { ListWish } from "./list-items.ts";
import { make } from "./make-element.ts";
import type { Messages } from "./messages/messages.ts";

/** Fewer tasks than this need neither search nor order. */
const ENOUGH = 6;

/** Which tasks the list shows, and in which order: the fields that say it, and the groups that the user has closed. */
export class PanelFilter implements ListWish {
  readonly #search = make("input", { type: "search", part: "search" });
  readonly #filter = make("select", { part: "filter" });
  readonly #order = make("select", { part: "sort" });
  readonly element: HTMLElement = make("div", { part: "filters" }, this.#search, this.#filter, this.#order);
  readonly closed: Set<string> = new Set();
  #messages: Messages | undefined;

  constructor(onChange: () => void) {
    this.element.addEventListener("input", onChange);
  }

  get search(): string {
    return this.#search.value;
  }

  get filter(): Filter {
    return this.#filter.value as Filter;
  }

  get order(): Order {
    return this.#order.value as Order;
  }

  /** @param count how many tasks there are */
  show(messages: Messages, count: number): void {
    if (this.#messages !== messages) {
      this.#messages = messages;
      this.#search.placeholder = messages.search;
      this.#search.ariaLabel = messages.search;
      this.#filter.ariaLabel = messages.show;
      this.#order.ariaLabel = messages.sort;
      fillSelect(this.#filter, messages.filters);
      fillSelect(this.#order, messages.orders);
    }
    const isInUse = this.search !== "" || this.filter !== "all" || this.element.matches(":focus-within");
    this.element.hidden = count < ENOUGH && !isInUse;
  }
}

function fillSelect(select: HTMLSelectElement, words: Readonly<Record<string, string>>): void {
  const index = Math.max(0, select.selectedIndex);
  select.replaceChildren(...Object.entries(words).map(([value, text]) => new Option(text, value)));
  select.selectedIndex = index;
}
