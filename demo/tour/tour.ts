import type { BackgroundSession } from "../../src/app/index.ts";
import { byId, setText } from "../view/template.ts";
import { STEPS, startWords, stepStates, type TourFacts } from "./tour-steps.ts";

const FILES = ["First file", "Second file", "Third file"];
/** 20 seconds each: time to close the page. */
const ADDRESS = "/files/8MB.bin?throttle=400KB";

export interface TourOptions {
  readonly signal: AbortSignal;
  start(url: string, name: string): void;
}

/** Start, close the tab, come back. */
export class Tour {
  readonly #button = byId("tour-start", HTMLButtonElement);
  #facts: TourFacts = { unfinished: 0, ended: 0, isBack: false };

  constructor({ start, signal }: TourOptions) {
    this.#button.addEventListener("click", () => startAll(start), { signal });
    this.#show({});
  }

  /** @returns what stops following it */
  follow(session: BackgroundSession): () => void {
    this.#button.disabled = false;
    return session.subscribe(({ tasks, finished }) =>
      this.#show({
        unfinished: tasks.length,
        ended: finished.length,
        // The tour begins anew when the user starts again.
        ...(tasks.length > 0 && { isBack: false }),
      }),
    );
  }

  showBack(): void {
    this.#show({ isBack: true });
  }

  #show(change: Partial<TourFacts>): void {
    this.#facts = { ...this.#facts, ...change };
    const states = stepStates(this.#facts);
    for (const step of STEPS) {
      const element = byId(`step-${step}`, HTMLElement);
      element.dataset.state = states[step];
      if (states[step] === "current") element.setAttribute("aria-current", "step");
      else element.removeAttribute("aria-current");
    }
    setText(byId("tour-news", HTMLElement), startWords(this.#facts));
  }
}

function startAll(start: TourOptions["start"]): void {
  for (const [index, name] of FILES.entries()) {
    start(new URL(`${ADDRESS}&seed=${index + 1}&key=${crypto.randomUUID()}`, location.href).href, name);
  }
}
