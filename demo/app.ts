import "../src/elements/index.ts";
import { copyInstallLine } from "./code/install-line.ts";
import { Program } from "./code/program.ts";
import { DownloadsSection } from "./downloads-section.ts";
import { Timeline } from "./library/timeline.ts";
import { NotesSection } from "./notes/notes-section.ts";
import { PodcastSection } from "./podcast/podcast-section.ts";
import { WelcomeBack } from "./tour/welcome-back.ts";
import { UploadsSection } from "./uploads/uploads-section.ts";
import { Announcer } from "./view/announcer.ts";
import { Banner } from "./view/banner.ts";
import { showConnection } from "./view/connection-badge.ts";
import { openInspectorOnRequest } from "./view/inspector-drawer.ts";
import { NotificationSwitch } from "./view/notification-switch.ts";
import { TimelineView } from "./view/timeline-view.ts";

/** The running app: its sections, each with what it shows. */
export class App {
  readonly #ending = new AbortController();
  readonly #signal = this.#ending.signal;
  readonly #banner = new Banner(this.#signal);
  readonly #onError = (error: unknown): void => {
    if (!this.#signal.aborted) this.#banner.show(error);
  };
  readonly #timeline = Timeline.open();
  readonly #timelineView = new TimelineView(this.#timeline, new Announcer(), this.#signal);
  readonly #program = new Program(this.#onError, this.#signal);
  readonly #downloads = new DownloadsSection({
    timeline: this.#timeline,
    banner: this.#banner,
    onChange: () => this.#lookForNews(),
    signal: this.#signal,
  });
  readonly #uploads = new UploadsSection(this.#banner, () => this.#lookForNews(), this.#signal);
  readonly #welcome: WelcomeBack = new WelcomeBack(
    [this.#downloads.library, this.#uploads.library],
    () => this.#downloads.tour.showBack(),
    this.#signal,
  );
  readonly #notes = new NotesSection(this.#signal);
  readonly #podcast = new PodcastSection(this.#onError, this.#signal);

  async start(): Promise<void> {
    copyInstallLine(this.#signal);
    showConnection(this.#signal);
    openInspectorOnRequest(this.#onError, this.#signal);
    new NotificationSwitch(this.#signal);
    try {
      await this.#timelineView.load();
      await this.#downloads.open();
      this.#program.enable();
      await this.#uploads.open();
      await this.#notes.open(this.#signal);
      await this.#podcast.open(this.#signal);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Undoes everything, so that another app may start in this page. */
  async stop(): Promise<void> {
    this.#ending.abort();
    const parts = [this.#downloads, this.#uploads, this.#notes, this.#podcast, this.#program];
    await Promise.all(parts.map((part) => part.close()));
    await this.#timelineView.settled();
    (await this.#timeline).close();
  }

  #lookForNews(): void {
    void this.#welcome.look().catch(this.#onError);
  }
}
