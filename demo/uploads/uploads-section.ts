import { KeptList } from "../kept/kept-list.ts";
import { type Action, KEPT_UPLOADS } from "../kept/kept-row-state.ts";
import type { LibraryEntry } from "../library/schema.ts";
import type { Banner } from "../view/banner.ts";
import { viewFile } from "../view/file-viewer.ts";
import { byId } from "../view/template.ts";
import { connectPanel } from "../view/transfers-panel.ts";
import type { UploadWay } from "./upload-target.ts";
import { Uploads } from "./uploads.ts";

/** The part of the page that sends files, wired to the uploads. */
export class UploadsSection {
  readonly #onError: (error: unknown) => void;
  readonly #signal: AbortSignal;
  readonly #way = byId("upload-way", HTMLSelectElement);
  readonly #slow = byId("upload-slow", HTMLInputElement);
  readonly #list = new KeptList({
    name: "uploads",
    kind: KEPT_UPLOADS,
    onAction: (entry, action) => void this.#act(entry, action).catch(this.#onError),
  });
  readonly #uploads: Uploads;
  /** Starts what was given before the session was open. */
  #waiting: (() => void)[] | undefined = [];

  /** @param onChange an upload has ended */
  constructor(banner: Banner, onChange: () => void, signal: AbortSignal) {
    this.#onError = (error) => banner.show(error);
    this.#signal = signal;
    this.#uploads = new Uploads({
      onChange: () => {
        this.#list.show(this.#uploads.earlier());
        onChange();
      },
      onInvalid: this.#onError,
    });
    const panel = connectPanel("upload-panel", this.#uploads, this.#onError, signal);
    panel.addEventListener("transfer-files", (event) => this.#start(event.detail.files), { signal });
  }

  get library(): Uploads["library"] {
    return this.#uploads.library;
  }

  /** @throws SessionError as `BackgroundSession.open` does */
  async open(): Promise<void> {
    await this.#uploads.load();
    await this.#uploads.connect(this.#signal);
    for (const start of this.#waiting ?? []) start();
    this.#waiting = undefined;
  }

  close(): Promise<void> {
    return this.#uploads.close();
  }

  #start(files: readonly File[]): void {
    const { value: way } = this.#way;
    const { checked: isSlow } = this.#slow;
    const start = (): void => {
      for (const file of files) this.#uploads.start(file, way as UploadWay, isSlow);
    };
    if (this.#waiting === undefined) start();
    else this.#waiting.push(start);
  }

  async #act(entry: LibraryEntry, action: Action): Promise<void> {
    if (action === "remove") return this.#uploads.remove([entry.id]);
    if (action === "retry") return this.#uploads.retry(entry);
    const answer = await this.#uploads.file(entry.id);
    if (answer !== undefined) await viewFile(answer);
  }
}
