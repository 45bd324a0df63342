import type { BackgroundTask } from "../src/app/index.ts";
import type { Library } from "./library/library.ts";
import type { LibraryEntry } from "./library/schema.ts";
import type { Transfer } from "./transfer.ts";

/** Transfers of one kind: unfinished ones from a session, and ended ones from the library. */
export class Transfers {
  protected readonly library: Promise<Library>;
  readonly #onChange: (id: string) => void;
  readonly #transfers = new Map<string, Transfer>();
  #reading: Promise<void> = Promise.resolve();

  /** @param onChange the transfer with that id was added, changed or removed */
  constructor(library: Promise<Library>, onChange: (id: string) => void) {
    this.library = library;
    this.#onChange = onChange;
  }

  /** Shows the library's entries, and from then on each change of them. */
  async load(): Promise<void> {
    (await this.library).onChange = () => void this.#readLibrary();
    await this.#readLibrary();
  }

  get(id: string): Transfer | undefined {
    return this.#transfers.get(id);
  }

  async pause(id: string): Promise<void> {
    await this.#control(id, (task) => task.suspend());
  }

  async resume(id: string): Promise<void> {
    await this.#control(id, (task) => task.resume());
  }

  async cancel(id: string): Promise<void> {
    await this.#control(id, (task) => task.cancel());
  }

  async remove(id: string): Promise<void> {
    await (await this.library).remove(id);
  }

  /** Returns the file of a transfer that succeeded: the download, or the server's answer to an upload. */
  async file(id: string): Promise<File | undefined> {
    return (await this.library).file(id);
  }

  /** Closes the library. */
  async close(): Promise<void> {
    await this.#reading;
    (await this.library).close();
  }

  protected show(task: BackgroundTask): void {
    const known = this.#transfers.get(task.id);
    // Changes of a task may arrive late: after its end was recorded, or after that record was removed.
    if (known?.kind === "entry" || (known === undefined && task.state === "completed")) return;
    this.#transfers.set(task.id, { kind: "task", task });
    this.#onChange(task.id);
  }

  async #control(id: string, order: (task: BackgroundTask) => Promise<unknown>): Promise<void> {
    const transfer = this.get(id);
    if (transfer?.kind !== "task") return;
    const recorded = order(transfer.task);
    // The handle shows the requested state at once.
    this.#onChange(id);
    await recorded;
  }

  /** One reading at a time, so that an older one never finishes last. */
  #readLibrary(): Promise<void> {
    const read = async (): Promise<void> => this.#showEntries(await (await this.library).entries());
    this.#reading = this.#reading.then(read).catch(reportError);
    return this.#reading;
  }

  #showEntries(entries: readonly LibraryEntry[]): void {
    const ids = new Set(entries.map(({ id }) => id));
    for (const [id, { kind }] of this.#transfers) {
      if (kind !== "entry" || ids.has(id)) continue;
      this.#transfers.delete(id);
      this.#onChange(id);
    }
    for (const entry of entries) {
      if (this.#transfers.get(entry.id)?.kind === "entry") continue;
      this.#transfers.set(entry.id, { kind: "entry", entry });
      this.#onChange(entry.id);
    }
  }
}
