import type { TaskSnapshot } from "../app/index.ts";

/** Keeps the files of the downloads that the list shows, from the moment they end: later they cannot be read. */
export class Results {
  readonly #files = new Map<string, File | undefined>();
  readonly #onFile: () => void;

  constructor(onFile: () => void) {
    this.#onFile = onFile;
  }

  fileOf(id: string): File | undefined {
    return this.#files.get(id);
  }

  /** Waits for the ends of the downloads in the list, and lets go of the files of all others. */
  follow(tasks: readonly TaskSnapshot[]): void {
    const ids = new Set(tasks.map(({ id }) => id));
    for (const id of this.#files.keys()) if (!ids.has(id)) this.#files.delete(id);
    for (const { id, kind, task } of tasks)
      if (kind === "download" && !this.#files.has(id)) this.#wait(id, task);
  }

  #wait(id: string, task: TaskSnapshot["task"]): void {
    this.#files.set(id, undefined);
    void task.completed.then(({ file }) => {
      if (file === undefined || !this.#files.has(id)) return;
      this.#files.set(id, file);
      this.#onFile();
    });
  }
}
