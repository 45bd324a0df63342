import { byId, setText } from "../view/template.ts";
import type { UploadWay } from "./upload-target.ts";

/** The form in which files are chosen, dropped or photographed, and the way to send them is set. */
export class UploadForm {
  readonly #zone = byId("upload-zone", HTMLElement);
  readonly #error = byId("upload-error", HTMLElement);
  readonly #way = byId("upload-way", HTMLSelectElement);
  readonly #slow = byId("upload-slow", HTMLInputElement);
  readonly #inputs = ["upload-files", "upload-camera"].map((id) => byId(id, HTMLInputElement));
  readonly #onFile: (file: File, way: UploadWay, isSlow: boolean) => void;
  /** A drag enters and leaves each element within the zone. */
  #depth = 0;

  /** @param onFile may throw; the error is shown */
  constructor(onFile: (file: File, way: UploadWay, isSlow: boolean) => void, signal: AbortSignal) {
    this.#onFile = onFile;
    for (const input of this.#inputs) {
      input.addEventListener("change", () => this.#take(input.files ?? [], input), { signal });
    }
    this.#zone.addEventListener("dragover", (event) => event.preventDefault(), { signal });
    this.#zone.addEventListener("dragenter", () => this.#move(1), { signal });
    this.#zone.addEventListener("dragleave", () => this.#move(-1), { signal });
    this.#zone.addEventListener("drop", (event) => this.#drop(event), { signal });
  }

  enable(): void {
    for (const input of this.#inputs) input.disabled = false;
  }

  #drop(event: DragEvent): void {
    event.preventDefault();
    this.#depth = 0;
    this.#move(0);
    this.#take(event.dataTransfer?.files ?? []);
  }

  #move(step: number): void {
    this.#depth += step;
    this.#zone.toggleAttribute("data-over", this.#depth > 0);
  }

  #take(files: Iterable<File> | FileList, input?: HTMLInputElement): void {
    setText(this.#error, "");
    try {
      for (const file of files as Iterable<File>) {
        this.#onFile(file, this.#way.value as UploadWay, this.#slow.checked);
      }
    } catch (error) {
      setText(this.#error, error instanceof Error ? error.message : String(error));
    }
    // The same file may be chosen again.
    if (input !== undefined) input.value = "";
  }
}
