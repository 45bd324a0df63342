import { byId, setText } from "../view/template.ts";
import { EPISODE } from "./episode.ts";
import { type EpisodeState, Podcast } from "./podcast.ts";

const BUTTONS = { download: "absent", stop: "loading", remove: "stored" } as const;

/** One episode: a button that downloads it, and a player. */
export class PodcastSection {
  readonly #podcast = new Podcast((state) => this.#show(state));
  readonly #player = byId("player", HTMLAudioElement);
  readonly #progress = byId("episode-progress", HTMLProgressElement);
  readonly #buttons = Object.keys(BUTTONS).map((name) => byId(`episode-${name}`, HTMLButtonElement));

  constructor(onError: (error: unknown) => void, signal: AbortSignal) {
    setText(byId("episode-title", HTMLElement), EPISODE.title);
    for (const button of this.#buttons) {
      const action = button.dataset.action as keyof typeof BUTTONS;
      button.addEventListener("click", () => void this.#podcast[action]().catch(onError), { signal });
    }
  }

  /** @throws SessionError as `BackgroundSession.open` does */
  async open(signal: AbortSignal): Promise<void> {
    await this.#podcast.open(signal);
    for (const button of this.#buttons) button.disabled = false;
  }

  close(): Promise<void> {
    return this.#podcast.close();
  }

  #show(state: EpisodeState): void {
    const had = this.#buttons.find((button) => button === document.activeElement);
    for (const button of this.#buttons)
      button.hidden = BUTTONS[button.dataset.action as keyof typeof BUTTONS] !== state.kind;
    // A button that goes loses the focus: the one in its place takes it.
    if (had?.hidden) this.#buttons.find((button) => !button.hidden)?.focus();
    const { fraction } = { fraction: undefined, ...state };
    this.#progress.hidden = state.kind !== "loading";
    if (fraction === undefined) this.#progress.removeAttribute("value");
    else this.#progress.value = fraction;
    setText(byId("episode-news", HTMLElement), newsOf(state));
    this.#showPlayer(state.kind === "stored");
  }

  #showPlayer(isStored: boolean): void {
    if (this.#player.hidden !== isStored) return;
    this.#player.hidden = !isStored;
    // The same address online and offline: the worker answers it.
    if (isStored) this.#player.src = EPISODE.path;
    else this.#player.removeAttribute("src");
    this.#player.load();
  }
}

function newsOf(state: EpisodeState): string {
  switch (state.kind) {
    case "absent":
      return state.problem === "" ? "2 MB, not on this device" : state.problem;
    case "loading":
      return state.isMoving ? "Downloading" : "Waiting for the network";
    case "stored":
      return "On this device: it plays without a network";
  }
}
