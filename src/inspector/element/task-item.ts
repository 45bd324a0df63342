import { explain } from "../explain.ts";
import type { Picture, TaskPicture } from "../picture.ts";
import { make, write } from "./make.ts";
import type { Timeline } from "./timeline.ts";

/** A task in the list: its sentence, and, if it is opened, its timeline and all of its facts. */
export class TaskItem {
  readonly #id = make("span", { className: "id" });
  readonly #state = make("span", { className: "state" });
  readonly #why = make("span", { className: "why" });
  readonly #seen = make("ol", { className: "seen", tabIndex: 0, ariaLabel: "What was seen" });
  readonly #facts = make("pre", { tabIndex: 0, role: "region", ariaLabel: "Facts" });
  readonly #details: HTMLDetailsElement;
  readonly element: HTMLLIElement;
  #fill = (): void => {};

  constructor() {
    const more = make(
      "div",
      { className: "more" },
      make("h3", { textContent: "What was seen" }),
      this.#seen,
      make("h3", { textContent: "Facts" }),
      this.#facts,
    );
    const summary = make("summary", {}, this.#id, this.#state, this.#why);
    this.#details = make("details", { ontoggle: () => this.#fill() }, summary, more);
    this.element = make("li", { className: "task" }, this.#details);
  }

  show(task: TaskPicture, picture: Picture, timeline: Timeline): void {
    const { id, description, session, state, activity, failure } = task;
    write(this.#id, description ? `${description} (${id})` : id);
    write(this.#state, activity === "none" ? state : activity);
    write(this.#why, explain(task, picture.takenAt));
    this.element.toggleAttribute("data-bad", failure !== undefined);
    this.element.dataset.task = id;
    this.element.dataset.session = session;
    this.#fill = () => {
      if (!this.#details.open) return;
      const sights = timeline
        .of(task, picture)
        .map(({ at, text }) => make("li", {}, make("time", { textContent: clock(at) }), text));
      // What the user has selected stays selected.
      const before = [...this.#seen.children];
      const same = before.findIndex((line, index) => !line.isEqualNode(sights[index] ?? null));
      const kept = same < 0 ? before.length : same;
      for (const line of before.slice(kept)) line.remove();
      this.#seen.append(...sights.slice(kept));
      write(this.#facts, JSON.stringify(task, null, 2));
    };
    this.#fill();
  }
}

export function clock(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "?" : date.toLocaleTimeString();
}
