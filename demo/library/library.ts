import type { IDBPDatabase } from "idb";
import type { TransportWay } from "../../src/app/index.ts";
import { openDatabase } from "./database.ts";
import type { LibraryEntry, Schema } from "./schema.ts";

const EVENTS_KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * The app's own record of the downloads that have ended, with their files. The session keeps a file only until it is
 * delivered; from then on it is here. All tabs share it and hear of each change.
 */
export class Library {
  readonly #database: IDBPDatabase<Schema>;
  readonly #channel: BroadcastChannel;
  /** Called after a change, whichever tab made it. */
  onChange: () => void = () => {};

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
    this.#channel = new BroadcastChannel(database.name);
    this.#channel.onmessage = () => this.onChange();
  }

  /** Each kind of transfer has its own library. */
  static async open(name?: string): Promise<Library> {
    const database = await openDatabase(name);
    await forgetOldEvents(database);
    return new Library(database);
  }

  entries(): Promise<LibraryEntry[]> {
    return this.#database.getAll("entries");
  }

  /** Returns the file, which is backed by the disk; undefined if there is none. */
  async file(id: string): Promise<File | undefined> {
    return (await this.#database.get("files", id))?.file;
  }

  /** Stores the file of a download that is about to end. Does nothing if the event was handled before. */
  async keepFile(eventId: string, id: string, file: File): Promise<void> {
    const change = this.#database.transaction(["files", "handled-events"], "readwrite", {
      durability: "strict",
    });
    const events = change.objectStore("handled-events");
    if ((await events.getKey(eventId)) === undefined) {
      void events.put({ eventId, handledAt: Date.now() });
      void change.objectStore("files").put({ id, file });
    }
    await change.done;
  }

  /** Stores which way a transfer went that is about to end. */
  async keepWay(id: string, way: TransportWay): Promise<void> {
    await this.#database.put("ways", { id, way });
  }

  /** Records how a transfer ended. Does nothing if the event was handled before. */
  async record(eventId: string, entry: LibraryEntry): Promise<void> {
    const change = this.#database.transaction(["entries", "ways", "handled-events"], "readwrite", {
      durability: "strict",
    });
    const events = change.objectStore("handled-events");
    const ways = change.objectStore("ways");
    if ((await events.getKey(eventId)) === undefined) {
      const { way } = (await ways.get(entry.id)) ?? {};
      void events.put({ eventId, handledAt: Date.now() });
      void change.objectStore("entries").put({ ...entry, ...(way !== undefined && { way }) });
      void ways.delete(entry.id);
    }
    await change.done;
    this.#changed();
  }

  /** Returns the entries that are news, which they are not any more from then on. */
  async takeNews(): Promise<LibraryEntry[]> {
    const change = this.#database.transaction("entries", "readwrite");
    const news = (await change.store.getAll()).filter(({ isNews }) => isNews);
    for (const entry of news) void change.store.put({ ...entry, isNews: false });
    await change.done;
    return news;
  }

  async remove(ids: readonly string[]): Promise<void> {
    const change = this.#database.transaction(["entries", "files"], "readwrite");
    for (const id of ids) {
      void change.objectStore("entries").delete(id);
      void change.objectStore("files").delete(id);
    }
    await change.done;
    this.#changed();
  }

  close(): void {
    this.#channel.close();
    this.#database.close();
  }

  #changed(): void {
    this.#channel.postMessage("changed");
    this.onChange();
  }
}

async function forgetOldEvents(database: IDBPDatabase<Schema>): Promise<void> {
  const change = database.transaction("handled-events", "readwrite");
  const old = IDBKeyRange.upperBound(Date.now() - EVENTS_KEPT_MS);
  for await (const cursor of change.store.index("by-time").iterate(old)) void cursor.delete();
  await change.done;
}
