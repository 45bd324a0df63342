import type { SessionSnapshot, TaskProgress, TaskSnapshot } from "../app/index.ts";
import type { AllAction } from "./choices.ts";
import { fill } from "./formats.ts";
import { make, setProgress, setText } from "./make-element.ts";
import { endOf, speedOf } from "./row-view.ts";
import { CONCERNED } from "./task-actions.ts";
import type { Words } from "./words.ts";

/** Before there is a session. */
const NOTHING: Pick<SessionSnapshot, "tasks" | "finished" | "counts"> & { progress: Partial<TaskProgress> } =
  {
    tasks: [],
    finished: [],
    counts: { running: 0, suspended: 0, succeeded: 0, failed: 0 },
    progress: {},
  };

/** The title, the progress of the whole, and what can be done with all tasks. */
export class PanelHead {
  readonly #title = make("span");
  readonly #heading = make(
    "h2",
    { part: "title", id: "title", tabindex: "-1" },
    make("slot", { name: "title" }, this.#title),
  );
  readonly #summary = make("p", { part: "summary" });
  readonly #bar = make("progress", { part: "total", "aria-labelledby": "title" });
  readonly #buttons = new Map<AllAction, HTMLButtonElement>();
  readonly element: HTMLElement = make("header", { part: "head" });
  /** Tasks that were cancelled, or are about to end so: the session counts them with the failed ones. */
  readonly #cancelled = new Set<string>();

  constructor() {
    const actions = make("div", { part: "all-actions" });
    for (const action of Object.keys(CONCERNED) as AllAction[]) {
      const button = make("button", { part: `all-button all-${action}`, "data-all": action });
      this.#buttons.set(action, button);
      actions.append(button);
    }
    this.element.append(this.#heading, this.#summary, actions, this.#bar);
  }

  /** @param listed the unfinished tasks, and of the finished ones those that are in the list, by their keys */
  show(snapshot: SessionSnapshot | undefined, listed: ReadonlyMap<string, TaskSnapshot>, words: Words): void {
    const { messages, formats } = words;
    const { tasks, finished, counts: all, progress } = snapshot ?? NOTHING;
    setText(this.#title, messages.title);
    if (finished.length === 0) this.#cancelled.clear();
    for (const [key, task] of listed) {
      if (task.state === "canceling" || endOf(task) === "cancelled") this.#cancelled.add(key);
      else this.#cancelled.delete(key);
    }
    const shown = [...listed.values()];
    // Some may have been removed since, and the session counts them no more.
    const cancelled = Math.min(
      this.#cancelled.size - tasks.filter(({ state }) => state === "canceling").length,
      all.failed - shown.filter((task) => endOf(task) === "failed").length,
    );
    const counts = { ...all, failed: all.failed - cancelled, cancelled };
    const ended = shown.filter(CONCERNED.remove).length;
    const counted = Object.keys(counts) as (keyof typeof counts)[];
    const parts = counted
      .filter((name) => counts[name] > 0)
      .map((name) => formats.count(messages.counts[name], counts[name]));
    if (ended > 0 && finished.length < all.succeeded + all.failed)
      parts.push(fill(messages.listed, { n: formats.number(ended) }));
    const isBusy = tasks.length > 0;
    if (isBusy) parts.push(formats.percent(progress.fraction ?? 0));
    if (counts.running > 0) parts.push(...speedOf(progress, words));
    setText(this.#summary, parts.join(" · "));
    this.#bar.hidden = !isBusy;
    setProgress(this.#bar, progress.fraction);
    for (const [action, button] of this.#buttons) {
      setText(button, messages.all[action]);
      button.hidden = !shown.some(CONCERNED[action]);
    }
  }

  /** Takes the focus: from a button of the head that has gone, another one takes it. */
  focus(isFromButton: boolean): void {
    const other = isFromButton && [...this.#buttons.values()].find((button) => !button.hidden);
    (other || this.#heading).focus();
  }
}
