import type { BackgroundSession } from "../src/app/index.ts";
import type { Library } from "./library/library.ts";
import type { LibraryEntry } from "./library/schema.ts";

/** Transfers of one kind: the session has those that run or have just ended, and the library those of earlier. */
export class Transfers {
  readonly library: Promise<Library>;
  readonly #onChange: () => void;
  #entries: readonly LibraryEntry[] = [];
  /** The ids of the tasks that the session's own list shows. */
  #listed: ReadonlySet<string> = new Set();
  #session: BackgroundSession | undefined;
  #unfollow = (): void => {};
  #reading: Promise<void> = Promise.resolve();

  /** @param onChange `earlier()` may have changed */
  constructor(library: Promise<Library>, onChange: () => void) {
    this.library = library;
    this.#onChange = onChange;
  }

  /** Reads the library, and from then on each change of it. */
  async load(): Promise<void> {
    (await this.library).onChange = () => void this.#readLibrary();
    await this.#readLibrary();
  }

  /** Returns what ended in earlier visits, or without a page; the newest first. */
  earlier(): LibraryEntry[] {
    return this.#entries
      .filter(({ id }) => !this.#listed.has(id))
      .sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  }

  async remove(ids: readonly string[]): Promise<void> {
    await (await this.library).remove(ids);
  }

  /** Returns the file of a transfer that succeeded: the download, or the server's answer to an upload. */
  async file(id: string): Promise<File | undefined> {
    return (await this.library).file(id);
  }

  /** Releases everything; transfers go on without this page. */
  async close(): Promise<void> {
    this.#unfollow();
    await this.#session?.close();
    await this.#reading;
    (await this.library).close();
  }

  /** The open session. @throws TypeError if it is not open yet */
  protected get session(): BackgroundSession {
    if (this.#session === undefined) throw new TypeError("The page is not ready yet; try again in a moment.");
    return this.#session;
  }

  protected follow(session: BackgroundSession): void {
    this.#session = session;
    this.#unfollow = session.subscribe(({ tasks, finished }) => {
      const ids = [...tasks, ...finished].map(({ id }) => id);
      if (ids.length === this.#listed.size && ids.every((id) => this.#listed.has(id))) return;
      this.#listed = new Set(ids);
      this.#onChange();
    });
  }

  /** One reading at a time, so that an older one never finishes last. */
  #readLibrary(): Promise<void> {
    const read = async (): Promise<void> => {
      this.#entries = await (await this.library).entries();
      this.#onChange();
    };
    this.#reading = this.#reading.then(read).catch(reportError);
    return this.#reading;
  }
}
