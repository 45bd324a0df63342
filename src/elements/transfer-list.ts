import type { TaskSnapshot } from "../app/index.ts";
import { GroupRow } from "./group-row.ts";
import type { ListItem } from "./list-items.ts";
import { make, setAttribute } from "./make-element.ts";
import { TransferRow } from "./transfer-row.ts";
import { Offsets } from "./window-range.ts";
import type { Words } from "./words.ts";

/** Rows that are drawn beyond what is seen, so that the Tab key finds them. */
const MORE_ROWS = 4;

/**
 * The list. Only what is seen, some rows around it, and the row with the focus are drawn; each kind of row has one
 * height, so that all others need not be.
 */
export class TransferList {
  readonly element: HTMLElement = make("ul", { role: "list", part: "list" });
  /** What must be in the panel for the list to know its heights. */
  readonly probe: HTMLElement = make("div", { class: "probe" });
  readonly #fileOf: (task: TaskSnapshot) => File | undefined;
  readonly #rows = new Map<string, TransferRow | GroupRow>();
  #words: Words | undefined;
  #items: readonly ListItem[] = [];
  #offsets = new Offsets([]);
  #heights = { task: 0, group: 0 };
  #countdown: ReturnType<typeof setTimeout> | undefined;

  constructor(fileOf: (task: TaskSnapshot) => File | undefined) {
    this.#fileOf = fileOf;
    this.element.addEventListener("scroll", () => requestAnimationFrame(() => this.#draw()), {
      passive: true,
    });
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** The item of the row that a button is in. */
  itemAt(button: Element | null): ListItem | undefined {
    const key = button?.closest("li")?.dataset.key;
    return this.#items.find((item) => item.key === key);
  }

  /** Shows other items. The focus stays on its row; if that has gone, it moves to the next one. */
  show(items: readonly ListItem[], words: Words): void {
    this.#words = words;
    const focus = this.#focus();
    const index = focus === undefined ? -1 : this.#items.findIndex(({ key }) => key === focus.key);
    this.#items = items;
    this.#place();
    if (focus === undefined || this.#rows.has(focus.key) || items.length === 0) return;
    this.#focusRow(Math.min(index, items.length - 1), focus.action);
  }

  /** Measures again: the panel has another size, or the letters are larger. */
  measure(): void {
    this.#heights = { task: this.probe.offsetHeight, group: this.probe.offsetWidth };
    this.#place();
  }

  /** Ends what runs by itself. */
  stop(): void {
    clearTimeout(this.#countdown);
  }

  #place(): void {
    const heights = this.#heights;
    const own = this.#items.map(({ type }) => heights[type]);
    this.#offsets = new Offsets(own);
    this.element.style.setProperty("--_height", `${this.#offsets.top(own.length)}px`);
    this.element.hidden = own.length === 0;
    this.#draw();
  }

  #draw(): void {
    const words = this.#words;
    if (this.#heights.task === 0 || words === undefined) return;
    const focused = this.#focus()?.key;
    const shown = this.#shown(focused);
    const spare = this.#takeOut(shown);
    let after: Element | null = null;
    let isCounting = false;
    for (const [item, index] of [...shown].reverse()) {
      const row = this.#rowOf(item, spare);
      if (item.type === "group") (row as GroupRow).show(item, words);
      else isCounting = (row as TransferRow).show(item.task, this.#fileOf(item.task), words) || isCounting;
      setAttribute(row.element, "aria-posinset", String(index + 1));
      setAttribute(row.element, "aria-setsize", String(this.#items.length));
      row.element.style.transform = `translateY(${this.#offsets.top(index)}px)`;
      putBefore(after, row.element, this.element, item.key === focused);
      after = row.element;
    }
    for (const { element } of spare) element.remove();
    clearTimeout(this.#countdown);
    if (isCounting) this.#countdown = setTimeout(() => this.#draw(), 1000);
  }

  /** The items that are drawn, in their order, each with its place in the list. */
  #shown(focused: string | undefined): Map<ListItem, number> {
    const { scrollTop, clientHeight } = this.element;
    const [first, end] = this.#offsets.range(scrollTop, scrollTop + clientHeight, MORE_ROWS);
    const places = [...this.#items.keys()].filter(
      (index) => (index >= first && index < end) || this.#items[index]?.key === focused,
    );
    return new Map(places.map((index) => [this.#items[index] as ListItem, index]));
  }

  /** Takes out the rows of items that are not drawn any more. */
  #takeOut(shown: ReadonlyMap<ListItem, number>): Set<TransferRow | GroupRow> {
    const spare = new Set<TransferRow | GroupRow>();
    const keys = new Set([...shown.keys()].map(({ key }) => key));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      this.#rows.delete(key);
      spare.add(row);
    }
    return spare;
  }

  /** The row of an item. One that is spare is quicker than a new one. */
  #rowOf({ key, type }: ListItem, spare: Set<TransferRow | GroupRow>): TransferRow | GroupRow {
    const Row = type === "group" ? GroupRow : TransferRow;
    const row = this.#rows.get(key) ?? [...spare].find((one) => one instanceof Row) ?? new Row();
    spare.delete(row);
    row.element.dataset.key = key;
    this.#rows.set(key, row);
    return row;
  }

  #focus(): { key: string; action: string | undefined } | undefined {
    const active = (this.element.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    const key = active?.closest("li")?.dataset.key;
    return key === undefined ? undefined : { key, action: active?.dataset.action };
  }

  /** The arrow keys go to the same button of another row. */
  #onKey(event: KeyboardEvent): void {
    const focus = this.#focus();
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.#heights.task) - 1);
    const count = this.#items.length;
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -count,
      End: count,
    };
    const step = steps[event.key];
    // With another key, it is for the browser or the screen reader.
    const isAlone = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
    if (focus === undefined || step === undefined || !isAlone) return;
    event.preventDefault();
    const index = this.#items.findIndex(({ key }) => key === focus.key);
    this.#focusRow(Math.min(count - 1, Math.max(0, index + step)), focus.action);
  }

  #focusRow(index: number, action: string | undefined): void {
    const top = this.#offsets.top(index);
    const bottom = this.#offsets.top(index + 1);
    const { scrollTop, clientHeight } = this.element;
    this.element.scrollTop = Math.min(top, Math.max(scrollTop, bottom - clientHeight));
    this.#draw();
    this.#rows.get(this.#items[index]?.key ?? "")?.focus(action);
  }
}

/** A row with the focus is not moved, which would take the focus from it: what stands behind it is moved before it. */
function putBefore(after: Element | null, row: Element, list: Element, isFocused: boolean): void {
  let next = row.nextElementSibling;
  if (!isFocused && (next !== after || row.parentNode === null)) list.insertBefore(row, after);
  for (; isFocused && next !== null && next !== after; next = row.nextElementSibling) row.before(next);
}
