import type { Announcer } from "../view/announcer.ts";
import type { Banner } from "../view/banner.ts";
import { viewFile } from "../view/file-viewer.ts";
import type { Action } from "../view/row-state.ts";
import { TransferList } from "../view/transfer-list.ts";
import { UploadForm } from "./upload-form.ts";
import { uploadRowState } from "./upload-row-state.ts";
import { Uploads } from "./uploads.ts";

export interface UploadsSectionOptions {
  readonly announcer: Announcer;
  readonly banner: Banner;
  readonly signal: AbortSignal;
}

/** The part of the page that sends files, wired to the uploads. */
export class UploadsSection {
  readonly #options: UploadsSectionOptions;
  readonly #uploads: Uploads;
  readonly #list: TransferList;
  readonly #form: UploadForm;

  constructor(options: UploadsSectionOptions) {
    this.#options = options;
    const { announcer, banner, signal } = options;
    this.#uploads = new Uploads({
      onChange: (id) => this.#list.changed(id),
      onInvalid: (error) => banner.show(error),
    });
    this.#list = new TransferList({
      name: "uploads",
      stateOf: (id) => {
        const upload = this.#uploads.get(id);
        return upload && uploadRowState(upload);
      },
      announcer,
      onAction: (id, action) => void this.#act(id, action).catch((error: unknown) => banner.show(error)),
    });
    this.#form = new UploadForm((file, way, isSlow) => {
      const id = this.#uploads.start(file, way, isSlow);
      announcer.announce(id, `${file.name}: upload started`);
    }, signal);
  }

  /** @throws SessionError as `BackgroundSession.open` does */
  async open(): Promise<void> {
    await this.#uploads.connect(this.#options.signal).finally(() => this.#list.loaded());
    this.#form.enable();
  }

  close(): Promise<void> {
    return this.#uploads.close();
  }

  async #act(id: string, action: Action): Promise<void> {
    const uploads = this.#uploads;
    switch (action) {
      case "pause":
      case "resume":
      case "cancel":
      case "remove":
        return uploads[action](id);
      case "retry": {
        const newId = await uploads.retry(id);
        if (newId !== undefined) this.#list.focus(newId);
        return;
      }
      case "answer": {
        const answer = await uploads.file(id);
        if (answer !== undefined) await viewFile(answer);
      }
    }
  }
}
