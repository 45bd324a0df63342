import { droppedFiles, type GivenFiles, isAccepted } from "./dropped-files.ts";
import { fill } from "./formats.ts";
import { makeIcon } from "./icons.ts";
import { make, setText } from "./make-element.ts";
import type { Words } from "./words.ts";

/** More names than this are counted instead of told one by one. */
const NAMED = 3;

/** What a camera gives. */
const PHOTO = { name: "photo.jpg", type: "image/jpeg" };

type Source = "chooseFiles" | "chooseFolder" | "camera";

/** Takes files: by drop, paste, choice of files or of a folder, and from a camera. */
export class DropZone {
  readonly #text = make("slot", { name: "drop" });
  /** Read out, too. */
  readonly #refusal = make("p", { part: "refused", "aria-live": "polite" });
  /** The names of those that were given last and not added. */
  refused: string[] = [];
  readonly #buttons = new Map<Source, HTMLButtonElement>();
  // A click on it has the focus, so that what is pasted then comes here.
  readonly element: HTMLElement = make("div", { part: "drop", hidden: "", tabindex: "-1" });
  readonly #host: HTMLElement;
  readonly #onFiles: (files: File[]) => void;

  /** @param host what files can be dropped and pasted on */
  constructor(host: HTMLElement, onFiles: (files: File[]) => void) {
    this.#host = host;
    this.#onFiles = onFiles;
    this.element.append(makeIcon("drop"), make("span", {}, this.#text, this.#refusal));
    this.#addSource("chooseFiles", { multiple: "" });
    this.#addSource("chooseFolder", { multiple: "", webkitdirectory: "" });
    this.#addSource("camera", { capture: "environment" });
    for (const type of ["dragenter", "dragover"] as const)
      host.addEventListener(type, (event) => {
        if (this.#hasFiles(event, event.dataTransfer)) this.element.classList.add("over");
      });
    for (const type of ["dragleave", "drop"] as const)
      host.addEventListener(type, () => this.element.classList.remove("over"));
    host.addEventListener("drop", (event) => this.#onData(event, event.dataTransfer));
    host.addEventListener("paste", (event) => this.#onData(event, event.clipboardData));
  }

  get #accepts(): string {
    return this.#host.getAttribute("accepts") ?? "";
  }

  show({ messages, formats }: Words): void {
    this.element.hidden = !this.#host.matches("[accepts], [endpoint]");
    setText(this.#text, messages.drop);
    const { length } = this.refused;
    const n = length > NAMED ? formats.number(length) : this.refused.join(", ");
    setText(this.#refusal, n && fill(messages.notAdded, { n }));
    for (const [source, button] of this.#buttons) {
      setText(button, messages[source]);
      button.hidden = source === "camera" && !isAccepted(PHOTO, this.#accepts);
    }
  }

  #addSource(source: Source, attributes: Readonly<Record<string, string>>): void {
    const input = make("input", { type: "file", hidden: "", ...attributes });
    const button = make("button", { part: `drop-button ${source}` });
    button.addEventListener("click", () => {
      input.accept = source === "camera" ? "image/*" : this.#accepts;
      input.click();
    });
    input.addEventListener("change", () => {
      this.#take({ files: [...(input.files ?? [])], refused: [] });
      input.value = "";
    });
    this.#buttons.set(source, button);
    this.element.append(button, input);
  }

  /** Returns whether files are brought, and takes over from the browser if so. */
  #hasFiles(event: Event, data: DataTransfer | null): data is DataTransfer {
    const isOurs = !this.element.hidden && data?.types.includes("Files") === true;
    if (isOurs) event.preventDefault();
    return isOurs;
  }

  #onData(event: Event, data: DataTransfer | null): void {
    if (this.#hasFiles(event, data)) void droppedFiles(data).then((given) => this.#take(given));
  }

  #take({ files, refused }: GivenFiles): void {
    this.refused = refused;
    const accepted: File[] = [];
    for (const file of files) {
      if (isAccepted(file, this.#accepts)) accepted.push(file);
      else refused.push(file.name);
    }
    this.#onFiles(accepted);
  }
}
