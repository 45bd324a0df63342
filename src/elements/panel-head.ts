import type { SessionSnapshot } from "../app/index.ts";
import type { AllAction } from "./choices.ts";
import { make, setProgress, setText } from "./make-element.ts";
import type { Words } from "./words.ts";

const COUNTED = ["running", "suspended", "succeeded", "failed"] as const;

/** The title, the progress of the whole, and what can be done with all tasks. */
export class PanelHead {
  readonly #title = make("span");
  readonly heading: HTMLElement = make("h2", { part: "title", tabindex: "-1" });
  readonly #summary = make("p", { part: "summary", class: "summary", id: "summary" });
  readonly #bar = make("progress", { part: "total", class: "total", max: "1", "aria-labelledby": "title" });
  readonly #actions = make("div", { class: "all", part: "all-actions" });
  readonly #buttons = new Map<AllAction, HTMLButtonElement>();
  readonly element: HTMLElement = make("header", { part: "head" });

  constructor() {
    this.heading.id = "title";
    this.heading.append(make("slot", { name: "title" }, this.#title));
    for (const action of ["pause", "resume", "cancel", "remove"] as const) {
      const button = make("button", { type: "button", part: `all-button all-${action}`, "data-all": action });
      this.#buttons.set(action, button);
      this.#actions.append(button);
    }
    this.element.append(this.heading, this.#summary, this.#actions, this.#bar);
  }

  /** @param finished how many finished tasks are in the list */
  show({ tasks, counts, progress }: SessionSnapshot, finished: number, { messages, formats }: Words): void {
    setText(this.#title, messages.title);
    const parts = COUNTED.filter((name) => counts[name] > 0).map((name) =>
      formats.count(messages.counts[name], counts[name]),
    );
    const isBusy = tasks.length > 0;
    if (isBusy && progress.fraction !== undefined) parts.push(formats.percent(progress.fraction));
    if (counts.running > 0 && progress.bytesPerSecond) parts.push(formats.speed(progress.bytesPerSecond));
    setText(this.#summary, parts.join(" · "));
    this.#bar.hidden = !isBusy;
    setProgress(this.#bar, progress.fraction ?? 0);
    const isUseful = {
      pause: counts.running > 0,
      resume: counts.suspended > 0,
      cancel: isBusy,
      remove: finished > 0,
    };
    for (const [action, button] of this.#buttons) {
      setText(button, messages.all[action]);
      this.#hide(button, !isUseful[action]);
    }
  }

  /** A button that goes away gives its focus to another one. */
  #hide(button: HTMLButtonElement, isHidden: boolean): void {
    const isFocused = (button.getRootNode() as ShadowRoot).activeElement === button;
    button.hidden = isHidden;
    if (!isHidden || !isFocused) return;
    const other = [...this.#buttons.values()].find((one) => !one.hidden);
    (other ?? this.heading).focus();
  }
}
