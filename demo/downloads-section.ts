import type { BackgroundSession } from "../src/app/index.ts";
import { Downloads } from "./downloads.ts";
import { KeptList } from "./kept/kept-list.ts";
import { type Action, KEPT_DOWNLOADS } from "./kept/kept-row-state.ts";
import type { LibraryEntry } from "./library/schema.ts";
import type { Timeline } from "./library/timeline.ts";
import { Tour } from "./tour/tour.ts";
import type { Banner } from "./view/banner.ts";
import { viewFile } from "./view/file-viewer.ts";
import { SampleList } from "./view/sample-list.ts";
import { saveFile } from "./view/save-file.ts";
import { byId, setText } from "./view/template.ts";
import { connectPanel, reveal } from "./view/transfers-panel.ts";
import { UrlForm } from "./view/url-form.ts";

export interface DownloadsSectionOptions {
  readonly timeline: Promise<Timeline>;
  readonly banner: Banner;
  /** A download has ended. */
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}

/** The tour, the panel with the downloads, and everything that starts one. */
export class DownloadsSection {
  readonly #signal: AbortSignal;
  readonly #onError: (error: unknown) => void;
  readonly #downloads: Downloads;
  readonly #panel: HTMLElement;
  readonly #list = new KeptList({
    name: "downloads",
    kind: KEPT_DOWNLOADS,
    onAction: (entry, action) => void this.#act(entry, action).catch(this.#onError),
  });
  readonly #form: UrlForm;
  readonly #samples: SampleList;
  readonly tour: Tour;
  #unfollow = (): void => {};

  constructor({ timeline, banner, onChange, signal }: DownloadsSectionOptions) {
    this.#signal = signal;
    this.#onError = (error) => banner.show(error);
    const events = {
      onChange: () => {
        this.#list.show(this.#downloads.earlier());
        onChange();
      },
      onRole: (role: BackgroundSession["role"]) => setText(byId("role", HTMLElement), ROLE_WORDS[role]),
      onInvalid: this.#onError,
    };
    this.#downloads = new Downloads(events, timeline);
    this.#panel = connectPanel("download-panel", this.#downloads, this.#onError, signal);
    const start = (url: string, name: string): void => this.#start(url, name);
    this.#form = new UrlForm(start, signal);
    this.#samples = new SampleList((url, name) => this.#form.attempt(() => start(url, name)), signal);
    this.tour = new Tour({ start, signal });
  }

  get library(): Downloads["library"] {
    return this.#downloads.library;
  }

  /** @throws SessionError as `BackgroundSession.open` does */
  async open(): Promise<void> {
    void this.#samples.load();
    await this.#downloads.load();
    this.#unfollow = this.tour.follow(await this.#downloads.connect(this.#signal));
    this.#form.enable();
    this.#samples.enable();
  }

  close(): Promise<void> {
    this.#unfollow();
    return this.#downloads.close();
  }

  #start(url: string, name: string): void {
    this.#downloads.start(url, name);
    reveal(this.#panel);
  }

  async #act(entry: LibraryEntry, action: Action): Promise<void> {
    if (action === "remove") return this.#downloads.remove([entry.id]);
    if (action === "retry") return this.#downloads.retry(entry);
    const file = await this.#downloads.file(entry.id);
    if (file === undefined) throw new Error("The file is no longer in the library. Download it again.");
    return action === "save" ? saveFile(file) : viewFile(file);
  }
}

const ROLE_WORDS: Readonly<Record<BackgroundSession["role"], string>> = {
  owner: "",
  observer: "Another tab has these downloads too; both show the same.",
};
