import { inspectionChannelOf, LISTENING, LOGGED } from "../../protocol/inspection.ts";
import { namesOf } from "../../protocol/names.ts";
import { explain } from "../explain.ts";
import { addressOf, pictureOf } from "../inspect.ts";
import { logText } from "../log-text.ts";
import type { Picture } from "../picture.ts";
import { make, write } from "./make.ts";
import { FILTERS, type Filter, matching } from "./matching.ts";
import { overviewOf, sessionsOf } from "./overview.ts";
import { inspectorStyles } from "./styles.ts";
import { clock, TaskItem } from "./task-item.ts";
import { keyOf, Timeline } from "./timeline.ts";

const INTERVAL_MS = 1_000;
/** So soon after the worker has logged a line: what follows in the same moment is in the same picture. */
const SOON_MS = 100;
/** With thousands of tasks a picture takes a while: the pause after it is so many times as long. */
const PAUSE_FACTOR = 4;
/** The page stays quick with any number of tasks; a search finds the others. */
const SHOWN = 200;

/** A server that renders pages has no elements. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<background-inspector>`: shows what `inspect()` returns, once a second while it is visible, less often if
 * there are thousands of tasks, and at once if the worker logs a line. `scope` is the scope of the service worker.
 */
export class BackgroundInspector extends Base {
  /** The attributes that take effect when they change. */
  static readonly observedAttributes: readonly string[] = ["scope"];
  readonly #overview = make("div");
  readonly #sessions = make("ul");
  readonly #tasks = make("ul");
  readonly #count = make("p", { role: "status", className: "dim" });
  /** What became of a copy, or of a picture. */
  readonly #news = make("p", { role: "status", className: "dim" });
  readonly #rest = make("pre", { tabIndex: 0, role: "region", ariaLabel: "Log" });
  readonly #restDetails = make("details", { className: "rest", ontoggle: () => this.#show() });
  readonly #search = make("input", {
    type: "search",
    placeholder: "Search",
    ariaLabel: "Search tasks",
    oninput: () => this.#show(),
  });
  readonly #filter = make("select", { ariaLabel: "Show tasks", onchange: () => this.#show() });
  readonly #items = new Map<string, TaskItem>();
  #timeline = new Timeline();
  #picture: Picture | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  /** How long the last picture took. */
  #tookMs = 0;
  /** The worker has logged something since the last picture was begun. */
  #hasNews = false;
  #ear: BroadcastChannel | undefined;

  /** Called by the browser. */
  connectedCallback(): void {
    if (this.shadowRoot === null) this.#build();
    void this.#watch();
  }

  /** Called by the browser. */
  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    this.#ear?.close();
    this.#ear = undefined;
  }

  /** Called by the browser. */
  attributeChangedCallback(): void {
    this.#timeline = new Timeline();
    if (this.isConnected) void this.refresh();
  }

  /** Takes a new picture now. Fulfils when it is shown; nothing happens in a hidden document, or if the element is hidden. */
  async refresh(): Promise<void> {
    if (this.#isReading) return;
    this.#hasNews = false;
    if (document.hidden || this.checkVisibility?.() === false) return;
    this.#isReading = true;
    const timeline = this.#timeline;
    try {
      const scope = await addressOf(this.getAttribute("scope"));
      if (!this.isConnected) return;
      this.#hear(scope);
      const picture = await pictureOf(scope, LISTENING);
      // It may be of the scope before.
      if (!this.isConnected || timeline !== this.#timeline) return;
      this.#picture = picture;
      this.#timeline.see(picture);
      this.#show();
    } catch (error) {
      write(this.#news, `No picture: ${error}`);
    } finally {
      this.#isReading = false;
    }
    if (timeline !== this.#timeline) await this.refresh();
  }

  async #watch(): Promise<void> {
    const begunAt = performance.now();
    await this.refresh();
    this.#tookMs = performance.now() - begunAt;
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.isConnected) return;
    const pause = Math.max(this.#hasNews ? SOON_MS : INTERVAL_MS, PAUSE_FACTOR * this.#tookMs);
    this.#timer = setTimeout(() => void this.#watch(), pause);
  }

  /** Hears from now on when the worker of the scope has logged a line. */
  #hear(scope: string): void {
    const name = inspectionChannelOf(namesOf(scope));
    if (this.#ear?.name === name) return;
    this.#ear?.close();
    this.#ear = new BroadcastChannel(name);
    this.#ear.onmessage = ({ data }) => {
      if (data !== LOGGED) return;
      this.#hasNews = true;
      this.#schedule();
    };
  }

  #build(): void {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [inspectorStyles()];
    this.#filter.append(...FILTERS.map((name) => make("option", { textContent: name, value: name })));
    this.#restDetails.append(
      make("summary", { textContent: "Log, queues, events, launches, locks and more" }),
      this.#rest,
    );
    const form = make(
      "form",
      { onsubmit: (event: Event) => event.preventDefault() },
      this.#search,
      this.#filter,
      make("button", { type: "button", textContent: "Copy JSON", onclick: () => void this.#copy() }),
      make("button", { type: "button", textContent: "Download JSON", onclick: () => this.#download() }),
    );
    root.append(
      make("header", {}, make("h2", { textContent: "Background sessions" }), form),
      this.#news,
      this.#overview,
      make("h3", { textContent: "Sessions" }),
      this.#sessions,
      make("h3", { textContent: "Tasks" }),
      this.#count,
      this.#tasks,
      this.#restDetails,
    );
  }

  #show(): void {
    const picture = this.#picture;
    if (picture === undefined) return;
    lines(this.#overview, "p", overviewOf(picture));
    lines(this.#sessions, "li", sessionsOf(picture));
    const found = matching(picture.tasks, this.#filter.value as Filter, this.#search.value);
    const shown = found.slice(0, SHOWN);
    write(
      this.#count,
      `${found.length} of ${picture.tasks.length} tasks${found.length > SHOWN ? `, ${SHOWN} shown` : ""}`,
    );
    this.#showRest(picture);
    const kept = new Set(shown.map(keyOf));
    for (const [key, item] of this.#items) {
      if (kept.has(key)) continue;
      item.element.remove();
      this.#items.delete(key);
    }
    shown.forEach((task, index) => {
      const item = this.#items.get(keyOf(task)) ?? new TaskItem();
      this.#items.set(keyOf(task), item);
      item.show(task, picture, this.#timeline);
      // Moving an element would take the focus away from it.
      const there = this.#tasks.children[index] ?? null;
      if (there !== item.element) this.#tasks.insertBefore(item.element, there);
    });
  }

  /** Only if it is opened: it may be long. Not while text is selected: the user is about to copy it. */
  #showRest({ tasks, log, ...rest }: Picture): void {
    if (!this.#restDetails.open || (this.#rest.textContent && getSelection()?.type === "Range")) return;
    const logged = log.map(({ at, level, message, session = "", taskId = "" }) =>
      [clock(at), level, session, taskId, logText(message)].filter(Boolean).join(" "),
    );
    write(this.#rest, [...logged, JSON.stringify(rest, null, 2)].join("\n"));
  }

  /** The picture, and what each task waits for in a sentence. */
  get #json(): string {
    const picture = this.#picture;
    const tasks = picture?.tasks.map((task) => ({ ...task, why: explain(task, picture.takenAt) }));
    return JSON.stringify({ ...picture, tasks }, null, 2);
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#json);
      write(this.#news, "Copied.");
    } catch (error) {
      write(this.#news, `Not copied: ${error}`);
    }
  }

  #download(): void {
    const href = URL.createObjectURL(new Blob([this.#json], { type: "application/json" }));
    make("a", { href, download: "background-session.json" }).click();
    // The download has begun by then.
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }
}

function lines(parent: Element, name: "p" | "li", texts: readonly string[]): void {
  while (parent.children.length > texts.length) parent.lastElementChild?.remove();
  texts.forEach((text, index) => {
    const line = parent.children[index] ?? parent.appendChild(make(name));
    write(line, text);
  });
}
