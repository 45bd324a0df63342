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
  readonly #spacer = make("li", { role: "presentation", class: "spacer" });
  readonly element: HTMLElement = make("ul", { role: "list", part: "list", class: "list" });
  readonly #probe = make("div", { class: "probe", "aria-hidden": "true" });
  readonly #fileOf: (task: TaskSnapshot) => File | undefined;
  readonly #focusElsewhere: () => void;
  readonly #rows = new Map<string, TransferRow | GroupRow>();
  #words: Words | undefined;
  #items: readonly ListItem[] = [];
  #offsets = new Offsets([]);
  #heights = { task: 0, group: 0 };
  #countdown: ReturnType<typeof setTimeout> | undefined;

  /** @param focusElsewhere called if the list loses the row that had the focus, and every other */
  constructor(fileOf: (task: TaskSnapshot) => File | undefined, focusElsewhere: () => void) {
    this.#fileOf = fileOf;
    this.#focusElsewhere = focusElsewhere;
    this.element.addEventListener("scroll", () => requestAnimationFrame(() => this.#draw()), {
      passive: true,
    });
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** What must be in the panel for the list to know its heights. */
  get probe(): HTMLElement {
    return this.#probe;
  }

  /** The item of the row that an event comes from. */
  itemAt(target: EventTarget | null): ListItem | undefined {
    const key = target instanceof Element ? target.closest("li")?.dataset.key : undefined;
    return this.#items.find((item) => item.key === key);
  }

  /** Shows other items. The focus stays on its row; if that has gone, it moves to the next one. */
  show(items: readonly ListItem[], words: Words): void {
    this.#words = words;
    const focus = this.#focus();
    const index = focus === undefined ? -1 : this.#items.findIndex(({ key }) => key === focus.key);
    this.#items = items;
    this.#place();
    this.#draw();
    if (focus === undefined || this.#rows.has(focus.key)) return;
    if (items.length === 0) this.#focusElsewhere();
    else this.#focusRow(Math.min(index, items.length - 1), focus.action);
  }

  /** Measures again: the panel is wider or narrower, or the letters are larger. */
  measure(): void {
    const height = this.#probe.offsetHeight;
    const group = this.#probe.offsetWidth;
    if (height === this.#heights.task && group === this.#heights.group) return;
    this.#heights = { task: height, group };
    this.#place();
    this.#draw();
  }

  /** Ends what runs by itself. */
  stop(): void {
    clearTimeout(this.#countdown);
  }

  #place(): void {
    const heights = this.#heights;
    const own = this.#items.map(({ type }) => heights[type]);
    this.#offsets = new Offsets(own);
    const height = this.#offsets.top(own.length);
    this.#spacer.style.blockSize = `${height}px`;
    this.element.style.setProperty("--_height", `${height}px`);
    this.element.hidden = own.length === 0;
  }

  #draw(): void {
    const words = this.#words;
    if (this.#heights.task === 0 || words === undefined) return;
    const { scrollTop, clientHeight } = this.element;
    const [first, end] = this.#offsets.range(scrollTop, scrollTop + clientHeight, MORE_ROWS);
    const focused = this.#focus()?.key;
    const shown = new Set<string>();
    let before: Element = this.#spacer;
    let isCounting = false;
    if (this.#spacer.parentNode === null) this.element.append(this.#spacer);
    for (const [index, item] of this.#items.entries()) {
      if ((index < first || index >= end) && item.key !== focused) continue;
      shown.add(item.key);
      const row = this.#rowOf(item);
      if (item.type === "group") (row as GroupRow).show(item, words);
      else isCounting = (row as TransferRow).show(item.task, this.#fileOf(item.task), words) || isCounting;
      setAttribute(row.element, "aria-posinset", String(index + 1));
      setAttribute(row.element, "aria-setsize", String(this.#items.length));
      row.element.style.transform = `translateY(${this.#offsets.top(index)}px)`;
      putAfter(before, row.element, item.key === focused);
      before = row.element;
    }
    this.#keep(shown);
    clearTimeout(this.#countdown);
    if (isCounting) this.#countdown = setTimeout(() => this.#draw(), 1000);
  }

  #keep(shown: ReadonlySet<string>): void {
    for (const [key, row] of this.#rows) {
      if (shown.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
  }

  #rowOf({ key, type }: ListItem): TransferRow | GroupRow {
    const row = this.#rows.get(key) ?? (type === "group" ? new GroupRow() : new TransferRow());
    row.element.dataset.key = key;
    this.#rows.set(key, row);
    return row;
  }

  #focus(): { key: string; action: string | undefined } | undefined {
    const active = (this.element.getRootNode() as ShadowRoot).activeElement;
    const key = active?.closest("li")?.dataset.key;
    if (key === undefined) return undefined;
    return { key, action: active instanceof HTMLElement ? active.dataset.action : undefined };
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
    if (focus === undefined || step === undefined) return;
    event.preventDefault();
    const index = this.#items.findIndex(({ key }) => key === focus.key);
    this.#focusRow(Math.min(count - 1, Math.max(0, index + step)), focus.action);
  }

  #focusRow(index: number, action: string | undefined): void {
    const top = this.#offsets.top(index);
    const bottom = this.#offsets.top(index + 1);
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.element.scrollTop = bottom - clientHeight;
    this.#draw();
    this.#rows.get(this.#items[index]?.key ?? "")?.focus(action);
  }
}

/** A row with the focus is not moved, which would take the focus from it: what stands before it is moved behind it. */
function putAfter(before: Element, row: Element, isFocused: boolean): void {
  let next = before.nextElementSibling;
  if (!isFocused && next !== row) before.after(row);
  for (; isFocused && next !== null && next !== row; next = before.nextElementSibling) row.after(next);
}
