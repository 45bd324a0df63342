import type { SessionSnapshot, TaskCounts, TaskSnapshot } from "../app/index.ts";
import { Announcements } from "./announcements.ts";
import type { Action, AllAction } from "./choices.ts";
import { DropZone } from "./drop-zone.ts";
import { Formats } from "./formats.ts";
import { type ListItem, listItems } from "./list-items.ts";
import { make, setText } from "./make-element.ts";
import { chooseLanguage } from "./messages/tables.ts";
import { PanelFilter } from "./panel-filter.ts";
import { PanelHead } from "./panel-head.ts";
import { sheets } from "./styles/sheets.ts";
import { CONCERNED } from "./task-actions.ts";
import { TransferList } from "./transfer-list.ts";
import type { Words } from "./words.ts";

export interface PanelPort {
  readonly fileOf: (task: TaskSnapshot) => File | undefined;
  /** How many tasks of a group are in which state. */
  readonly countsOf: (group: string) => TaskCounts;
  /** The user wants it of these tasks. */
  onAction(action: Action, tasks: readonly TaskSnapshot[]): void;
  onFiles(files: File[]): void;
}

/** All elements of a panel, in its shadow root. */
export class PanelView {
  words: Words = wordsFor([]);
  readonly #root: ShadowRoot;
  readonly #port: PanelPort;
  readonly #head = new PanelHead();
  readonly #filter = new PanelFilter(() => this.draw());
  readonly #list: TransferList;
  readonly #drop: DropZone;
  readonly #nothing = make("slot", { name: "empty" });
  readonly #empty = make("p", { part: "empty" });
  readonly #announcements = new Announcements();
  readonly #panel = make("div", { part: "panel" });
  readonly #resizes = new ResizeObserver(() => this.#list.measure());
  #snapshot: SessionSnapshot | undefined;
  #listed: ReadonlyMap<string, TaskSnapshot> = new Map();

  constructor(host: HTMLElement, root: ShadowRoot, port: PanelPort) {
    this.#root = root;
    this.#port = port;
    this.#list = new TransferList(port.fileOf);
    this.#drop = new DropZone(host, (files) => {
      if (files.length > 0) port.onFiles(files);
      this.draw();
    });
    this.#panel.append(
      this.#head.element,
      this.#filter.element,
      this.#list.element,
      this.#empty,
      this.#drop.element,
      make("slot", { name: "footer" }),
      this.#announcements.element,
      this.#list.probe,
    );
    // The second click of a double one may hit what has moved to the place of the first: "Cancel all", for example.
    this.#panel.addEventListener("click", (event) => event.detail > 1 || this.#onClick(event));
    root.adoptedStyleSheets = sheets();
    root.append(this.#panel);
  }

  /** Begins to follow the size of the panel. */
  start(wishes: readonly string[]): void {
    this.words = wordsFor(wishes);
    this.#panel.dir = this.words.messages.direction;
    this.#resizes.observe(this.#panel);
    this.draw();
    this.#list.measure();
  }

  stop(): void {
    this.#resizes.disconnect();
    this.#announcements.stop();
    this.#list.stop();
  }

  /** @param listed the unfinished tasks, and of the finished ones those that are listed, by their keys */
  show(snapshot: SessionSnapshot | undefined, listed: ReadonlyMap<string, TaskSnapshot>): void {
    this.#snapshot = snapshot;
    this.#listed = listed;
    if (snapshot === undefined) this.#announcements.stop();
    else this.#announcements.notice(listed, this.words);
    this.draw();
  }

  draw(): void {
    const { messages } = this.words;
    const focused = this.#root.activeElement as HTMLElement | null;
    this.#head.show(this.#snapshot, this.#listed, this.words);
    this.#filter.show(messages, this.#listed.size);
    const items = listItems(
      [...this.#listed.values()],
      this.#filter,
      this.#port.countsOf,
      this.words.formats,
    );
    this.#list.show(items, this.words);
    this.#empty.hidden = items.length > 0;
    setText(this.#nothing, messages.empty);
    this.#empty.replaceChildren(this.#listed.size === 0 ? this.#nothing : messages.nothingFound);
    this.#drop.show(this.words);
    // What had the focus may be hidden, or gone.
    const isLost =
      focused !== null && ((this.#root.activeElement ?? focused) as HTMLElement).offsetParent === null;
    if (isLost) this.#head.focus(focused.dataset.all !== undefined);
  }

  /** Says that a file could not be added. */
  refuse(name: string): void {
    this.#drop.refused.push(name);
    this.draw();
  }

  #onClick({ target }: Event): void {
    const button = (target as Element).closest("button");
    const { action, all } = button?.dataset ?? {};
    if (all !== undefined)
      this.#port.onAction(all as AllAction, [...this.#listed.values()].filter(CONCERNED[all as AllAction]));
    const item = this.#list.itemAt(button);
    if (item !== undefined && action !== undefined) this.#act(item, action as Action);
  }

  #act(item: ListItem, action: Action): void {
    if (item.type === "task") this.#port.onAction(action, [item.task]);
    else if (!this.#filter.closed.delete(item.name)) this.#filter.closed.add(item.name);
    this.draw();
  }
}

function wordsFor(wishes: readonly string[]): Words {
  const { messages, tag } = chooseLanguage(wishes);
  return { messages, formats: new Formats(tag) };
}
