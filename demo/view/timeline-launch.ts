import type { LoggedLaunch } from "../library/launches-in.ts";
import type { TimelineEntry } from "../library/timeline-entry.ts";
import { clockWords, dayWords } from "../words/clock-words.ts";
import { LAUNCH_WORDS, timelineWords } from "../words/timeline-words.ts";
import { copyOf, part, setText } from "./template.ts";

/** One launch in the timeline. It is created once and gets new lines, so that a selection stays. */
export class TimelineLaunch {
  readonly element = copyOf("launch-template");
  readonly #lines = part(this.element, "lines", HTMLOListElement);
  #shown: readonly TimelineEntry[] = [];

  update({ place, session, entries }: LoggedLaunch): void {
    this.element.dataset.place = place;
    setText(part(this.element, "name", HTMLElement), LAUNCH_WORDS[place]);
    setText(part(this.element, "session", HTMLElement), session);
    const day = part(this.element, "day", HTMLTimeElement);
    setText(day, dayWords(entries[0].at));
    day.dateTime = new Date(entries[0].at).toISOString();
    // The oldest entries are dropped one by one.
    if (this.#shown.length > entries.length) {
      this.#lines.replaceChildren();
      this.#shown = [];
    }
    this.#lines.append(...entries.slice(this.#shown.length).map(line));
    this.#shown = entries;
  }
}

function line({ at, event }: TimelineEntry): HTMLElement {
  const element = copyOf("launch-line-template");
  const { sentence, api } = timelineWords(event);
  const time = part(element, "time", HTMLTimeElement);
  setText(time, clockWords(at));
  time.dateTime = new Date(at).toISOString();
  setText(part(element, "sentence", HTMLElement), sentence);
  part(element, "api", HTMLElement).replaceChildren(...breakable(api));
  return element;
}

/** A camel-case name may be broken between its words if the page is narrow. */
function breakable(name: string): (string | HTMLElement)[] {
  return name.split(/(?<=[a-z])(?=[A-Z])/).flatMap((word) => [word, document.createElement("wbr")]);
}
