import type { Announcer } from "./announcer.ts";
import { oncePerFrame } from "./frame.ts";
import type { Action, RowState, Tone } from "./row-state.ts";
import { byId } from "./template.ts";
import { TransferRow } from "./transfer-row.ts";

export interface TransferListOptions {
  /** The ids of the list, its empty note and its heading begin with this. */
  readonly name: string;
  readonly stateOf: (id: string) => RowState | undefined;
  readonly announcer: Announcer;
  readonly onAction: (id: string, action: Action) => void;
}

/** The list of transfers, newest first. It draws once per frame, and only the rows that changed. */
export class TransferList {
  readonly #options: TransferListOptions;
  readonly #list: HTMLUListElement;
  readonly #empty: HTMLElement;
  readonly #rows = new Map<string, TransferRow>();
  readonly #tones = new Map<string, Tone>();
  readonly #changed = new Set<string>();
  readonly #drawSoon = oncePerFrame(() => this.#draw());
  #wantsFocus: string | undefined;

  constructor(options: TransferListOptions) {
    this.#options = options;
    this.#list = byId(options.name, HTMLUListElement);
    this.#empty = byId(`${options.name}-empty`, HTMLElement);
    this.#list.replaceChildren();
  }

  changed(id: string): void {
    this.#changed.add(id);
    this.#drawSoon();
  }

  /** Everything that is known so far has been added: an empty list is really empty. */
  loaded(): void {
    this.#drawSoon();
  }

  /** Moves the focus to the row with that id, once it exists. */
  focus(id: string): void {
    this.#wantsFocus = id;
    this.changed(id);
  }

  #draw(): void {
    for (const id of this.#changed) this.#drawRow(id);
    this.#changed.clear();
    this.#empty.hidden = this.#rows.size > 0;
    if (this.#wantsFocus !== undefined) this.#rows.get(this.#wantsFocus)?.focus();
    this.#wantsFocus = undefined;
  }

  #drawRow(id: string): void {
    const state = this.#options.stateOf(id);
    if (state === undefined) {
      this.#removeRow(id);
      return;
    }
    const row = this.#rows.get(id) ?? this.#addRow(id);
    row.update(state);
    this.#announce(id, state.tone, `${state.name}: ${state.sentence}`);
  }

  #addRow(id: string): TransferRow {
    const row = new TransferRow((action) => this.#options.onAction(id, action));
    const older = [...this.#rows.keys()]
      .filter((other) => other < id)
      .sort()
      .at(-1);
    const next = older === undefined ? undefined : this.#rows.get(older);
    this.#list.insertBefore(row.element, next?.element ?? null);
    this.#rows.set(id, row);
    return row;
  }

  #removeRow(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    if (row.element.contains(document.activeElement)) this.#focusBeside(row);
    row.element.remove();
    this.#rows.delete(id);
    this.#tones.delete(id);
  }

  #focusBeside({ element }: TransferRow): void {
    const beside = element.nextElementSibling ?? element.previousElementSibling;
    const row = [...this.#rows.values()].find((other) => other.element === beside);
    if (row === undefined) byId(`${this.#options.name}-heading`, HTMLElement).focus();
    else row.focus();
  }

  /** Only a change of the tone is news; rows that existed when the page was opened are not. */
  #announce(id: string, tone: Tone, text: string): void {
    const before = this.#tones.get(id);
    this.#tones.set(id, tone);
    if (before !== undefined && before !== tone) this.#options.announcer.announce(id, text);
  }
}
