import type { TaskSnapshot } from "../app/index.ts";

interface Result {
  file?: File | undefined;
  /** Undefined if nobody waits for it any more: the task may live longer than the panel, which it must not hold. */
  tell: (() => void) | undefined;
}

/** Keeps the files of the downloads that the list shows, from the moment they end: later they cannot be read. */
export class Results {
  readonly #results = new Map<string, Result>();
  readonly #onFile: () => void;

  constructor(onFile: () => void) {
    this.#onFile = onFile;
  }

  readonly fileOf = (task: TaskSnapshot): File | undefined => this.#results.get(task.uid)?.file;

  /** Waits for the ends of the downloads in the list, and lets go of the files of all others. */
  follow(listed: ReadonlyMap<string, TaskSnapshot>): void {
    for (const [key, result] of this.#results) {
      if (listed.has(key)) continue;
      result.tell = undefined;
      this.#results.delete(key);
    }
    for (const [key, info] of listed) {
      if (info.kind !== "download" || this.#results.has(key)) continue;
      const result: Result = { tell: this.#onFile };
      this.#results.set(key, result);
      void info.task.completed.then(({ file }) => {
        result.file = file;
        result.tell?.();
      });
    }
  }
}
