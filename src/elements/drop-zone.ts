import { droppedFiles, isAccepted } from "./dropped-files.ts";
import { makeIcon } from "./icons.ts";
import { make, setText } from "./make-element.ts";
import type { Messages } from "./messages/messages.ts";

type Source = "chooseFiles" | "chooseFolder" | "camera";

/** Takes files: by drop, paste, choice of files or of a folder, and from a camera. */
export class DropZone {
  readonly #text = make("span");
  readonly #buttons = new Map<Source, HTMLButtonElement>();
  // A click on it has the focus, so that what is pasted then comes here.
  readonly element: HTMLElement = make("div", { part: "drop", hidden: "", tabindex: "-1" });
  readonly #host: HTMLElement;
  readonly #onFiles: (files: File[]) => void;

  /** @param host what files can be dropped and pasted on */
  constructor(host: HTMLElement, onFiles: (files: File[]) => void) {
    this.#host = host;
    this.#onFiles = onFiles;
    this.element.append(makeIcon("drop"), make("slot", { name: "drop" }, this.#text));
    this.#addSource("chooseFiles", { multiple: "" });
    this.#addSource("chooseFolder", { multiple: "", webkitdirectory: "" });
    this.#addSource("camera", { capture: "environment" });
    for (const type of ["dragenter", "dragover"] as const)
      host.addEventListener(type, (event) => this.#onDrag(event));
    for (const type of ["dragleave", "drop"] as const)
      host.addEventListener(type, () => this.element.classList.remove("over"));
    host.addEventListener("drop", (event) => this.#onData(event, event.dataTransfer));
    host.addEventListener("paste", (event) => this.#onData(event, event.clipboardData));
  }

  get #accepts(): string {
    return this.#host.getAttribute("accepts") ?? "";
  }

  show(messages: Messages): void {
    this.element.hidden = !this.#host.matches("[accepts], [endpoint]");
    setText(this.#text, messages.drop);
    for (const [source, button] of this.#buttons) setText(button, messages[source]);
  }

  #addSource(source: Source, attributes: Readonly<Record<string, string>>): void {
    const input = make("input", { type: "file", hidden: "", ...attributes });
    const button = make("button", { type: "button", part: `drop-button ${source}` });
    button.addEventListener("click", () => {
      input.accept = source === "camera" ? "image/*" : this.#accepts;
      input.click();
    });
    input.addEventListener("change", () => {
      this.#take([...(input.files ?? [])]);
      input.value = "";
    });
    this.#buttons.set(source, button);
    this.element.append(button, input);
  }

  #onDrag(event: DragEvent): void {
    if (this.element.hidden || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.element.classList.add("over");
  }

  #onData(event: Event, data: DataTransfer | null): void {
    if (this.element.hidden || !data?.types.includes("Files")) return;
    event.preventDefault();
    droppedFiles(data).then((files) => this.#take(files), reportError);
  }

  #take(files: readonly File[]): void {
    const accepted = files.filter((file) => isAccepted(file, this.#accepts));
    if (accepted.length > 0) this.#onFiles(accepted);
  }
}
