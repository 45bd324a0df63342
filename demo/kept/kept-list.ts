import type { LibraryEntry } from "../library/schema.ts";
import { byId } from "../view/template.ts";
import { KeptRow } from "./kept-row.ts";
import { type Action, type KeptKind, keptRowState } from "./kept-row-state.ts";

export interface KeptListOptions {
  /** The ids of the list, of its section, and of the heading before it begin with this. */
  readonly name: string;
  readonly kind: KeptKind;
  readonly onAction: (entry: LibraryEntry, action: Action) => void;
}

/** What ended before this visit, or while no page was open. The section is hidden if there is nothing. */
export class KeptList {
  readonly #options: KeptListOptions;
  readonly #section: HTMLElement;
  readonly #list: HTMLUListElement;
  readonly #rows = new Map<string, KeptRow>();

  constructor(options: KeptListOptions) {
    this.#options = options;
    this.#section = byId(`${options.name}-section`, HTMLElement);
    this.#list = byId(options.name, HTMLUListElement);
    this.#list.replaceChildren();
    this.#section.hidden = true;
  }

  show(entries: readonly LibraryEntry[]): void {
    const ids = new Set(entries.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#remove(id);
    let next: Element | null = null;
    for (const entry of entries.toReversed()) {
      const { element } = this.#shown(entry);
      if (element.nextElementSibling !== next || !element.isConnected) this.#list.insertBefore(element, next);
      next = element;
    }
    this.#section.hidden = entries.length === 0;
  }

  #shown(entry: LibraryEntry): KeptRow {
    const { kind, onAction } = this.#options;
    const row = this.#rows.get(entry.id) ?? new KeptRow((action) => onAction(entry, action));
    this.#rows.set(entry.id, row);
    row.update(keptRowState(entry, kind));
    return row;
  }

  #remove(id: string): void {
    const element = this.#rows.get(id)?.element;
    if (element?.contains(document.activeElement)) this.#focusBeside(element);
    element?.remove();
    this.#rows.delete(id);
  }

  #focusBeside(element: HTMLElement): void {
    const beside = element.nextElementSibling ?? element.previousElementSibling;
    const row = [...this.#rows.values()].find((other) => other.element === beside);
    if (row !== undefined) row.focus();
    // The section goes with its last row.
    else byId(`${this.#options.name}-heading`, HTMLElement).focus();
  }
}
