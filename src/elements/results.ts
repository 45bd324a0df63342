import type { TaskSnapshot } from "../app/index.ts";
import { keyOf } from "./row-view.ts";

/** Keeps the files of the downloads that the list shows, from the moment they end: later they cannot be read. */
export class Results {
  readonly #files = new Map<string, File | undefined>();
  readonly #onFile: () => void;

  constructor(onFile: () => void) {
    this.#onFile = onFile;
  }

  readonly fileOf = (task: TaskSnapshot): File | undefined => this.#files.get(keyOf(task));

  /** Waits for the ends of the downloads in the list, and lets go of the files of all others. */
  follow(tasks: readonly TaskSnapshot[]): void {
    const keys = new Set(tasks.map(keyOf));
    for (const key of this.#files.keys()) if (!keys.has(key)) this.#files.delete(key);
    for (const info of tasks)
      if (info.kind === "download" && !this.#files.has(keyOf(info))) this.#wait(keyOf(info), info.task);
  }

  #wait(key: string, task: TaskSnapshot["task"]): void {
    this.#files.set(key, undefined);
    void task.completed.then(({ file }) => {
      if (file === undefined || !this.#files.has(key)) return;
      this.#files.set(key, file);
      this.#onFile();
    });
  }
}
