import { type LoggedLaunch, launchesIn } from "../library/launches-in.ts";
import type { Timeline } from "../library/timeline.ts";
import type { Announcer } from "./announcer.ts";
import { byId } from "./template.ts";
import { TimelineLaunch } from "./timeline-launch.ts";

/** "While you were away": what the worker and the pages logged, newest launch first. */
export class TimelineView {
  readonly #timeline: Promise<Timeline>;
  readonly #announcer: Announcer;
  readonly #list = byId("timeline", HTMLUListElement);
  readonly #empty = byId("timeline-empty", HTMLElement);
  readonly #clear = byId("timeline-clear", HTMLButtonElement);
  readonly #launches = new Map<string, TimelineLaunch>();
  #reading: Promise<void> = Promise.resolve();

  constructor(timeline: Promise<Timeline>, announcer: Announcer, signal: AbortSignal) {
    this.#timeline = timeline;
    this.#announcer = announcer;
    this.#list.replaceChildren();
    this.#clear.addEventListener("click", () => void this.#clearAll().catch(reportError), { signal });
  }

  async load(): Promise<void> {
    const timeline = await this.#timeline;
    timeline.onChange = () => this.#read();
    await this.#read();
  }

  /** Fulfils when nothing is being read any more. */
  settled(): Promise<void> {
    return this.#reading;
  }

  /** One reading at a time, so that an older one never finishes last. */
  #read(): Promise<void> {
    const read = async (): Promise<void> => this.#show(launchesIn(await (await this.#timeline).entries()));
    this.#reading = this.#reading.then(read).catch(reportError);
    return this.#reading;
  }

  async #clearAll(): Promise<void> {
    // A button that is disabled loses the focus.
    byId("timeline-heading", HTMLElement).focus();
    await (await this.#timeline).clear();
    this.#announcer.announce("timeline", "Timeline cleared");
  }

  #show(launches: readonly LoggedLaunch[]): void {
    const ids = new Set(launches.map(({ id }) => id));
    for (const [id, { element }] of this.#launches) {
      if (ids.has(id)) continue;
      element.remove();
      this.#launches.delete(id);
    }
    // Oldest first: each new launch goes to the front.
    for (const launch of launches.toReversed()) this.#showLaunch(launch);
    this.#empty.hidden = launches.some(({ place }) => place !== "page");
    this.#clear.disabled = launches.length === 0;
  }

  #showLaunch(launch: LoggedLaunch): void {
    const known = this.#launches.get(launch.id);
    const item = known ?? new TimelineLaunch();
    item.update(launch);
    if (known !== undefined) return;
    this.#launches.set(launch.id, item);
    this.#list.prepend(item.element);
  }
}
