import type { BackgroundSession } from "../src/app/index.ts";
import { Downloads } from "./downloads.ts";
import { Timeline } from "./library/timeline.ts";
import { UploadsSection } from "./uploads/uploads-section.ts";
import { Announcer } from "./view/announcer.ts";
import { Banner } from "./view/banner.ts";
import { showConnection } from "./view/connection-badge.ts";
import { viewFile } from "./view/file-viewer.ts";
import { NotificationSwitch } from "./view/notification-switch.ts";
import { type Action, rowState } from "./view/row-state.ts";
import { SampleList } from "./view/sample-list.ts";
import { saveFile } from "./view/save-file.ts";
import { byId, setText } from "./view/template.ts";
import { TimelineView } from "./view/timeline-view.ts";
import { TransferList } from "./view/transfer-list.ts";
import { UrlForm } from "./view/url-form.ts";

/** The running app: what the page shows, wired to the downloads. */
export class App {
  readonly #ending = new AbortController();
  readonly #announcer = new Announcer();
  readonly #banner = new Banner(this.#ending.signal);
  readonly #form = new UrlForm((url, name) => this.#start(url, name), this.#ending.signal);
  readonly #samples = new SampleList(
    (url, name) => this.#form.attempt(() => this.#start(url, name)),
    this.#ending.signal,
  );
  readonly #transfers = new TransferList({
    name: "transfers",
    stateOf: (id) => {
      const transfer = this.#downloads.get(id);
      return transfer && rowState(transfer);
    },
    announcer: this.#announcer,
    onAction: (id, action) => void this.#act(id, action).catch((error: unknown) => this.#banner.show(error)),
  });
  readonly #timeline = Timeline.open();
  readonly #timelineView = new TimelineView(this.#timeline, this.#announcer, this.#ending.signal);
  readonly #downloads: Downloads = new Downloads(
    {
      onChange: (id) => this.#transfers.changed(id),
      onRole: (role) => setText(byId("role", HTMLElement), ROLE_WORDS[role]),
      onInvalid: (error) => this.#banner.show(error),
    },
    this.#timeline,
  );

  readonly #uploads = new UploadsSection({
    announcer: this.#announcer,
    banner: this.#banner,
    signal: this.#ending.signal,
  });

  async start(): Promise<void> {
    showConnection(this.#ending.signal);
    new NotificationSwitch(this.#ending.signal);
    void this.#samples.load();
    try {
      await this.#open();
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#banner.show(error);
    }
  }

  /** Undoes everything, so that another app may start in this page. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#downloads.close(), this.#uploads.close()]);
    await this.#timelineView.settled();
    (await this.#timeline).close();
  }

  async #open(): Promise<void> {
    await this.#downloads.load();
    await this.#timelineView.load();
    await this.#downloads.connect(this.#ending.signal).finally(() => this.#transfers.loaded());
    this.#form.enable();
    this.#samples.enable();
    await this.#uploads.open();
  }

  #start(url: string, name: string): void {
    const id = this.#downloads.start(url, name);
    this.#announcer.announce(id, `${name}: started`);
  }

  async #act(id: string, action: Action): Promise<void> {
    const downloads = this.#downloads;
    switch (action) {
      case "pause":
      case "resume":
      case "cancel":
      case "remove":
        return downloads[action](id);
      case "retry": {
        const newId = await downloads.retry(id);
        if (newId !== undefined) this.#transfers.focus(newId);
        return;
      }
      case "open":
      case "save": {
        const file = await downloads.file(id);
        if (file === undefined) throw new Error("The file is no longer in the library. Download it again.");
        return action === "open" ? viewFile(file) : saveFile(file);
      }
    }
  }
}

const ROLE_WORDS: Readonly<Record<BackgroundSession["role"], string>> = {
  owner: "",
  observer: "Another tab has these downloads too; both show the same.",
};
