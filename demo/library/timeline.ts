import type { IDBPDatabase } from "idb";
import { openDatabase } from "./database.ts";
import type { Schema } from "./schema.ts";
import type { TimelineEntry } from "./timeline-entry.ts";

const CHANNEL = "downloads-timeline";
const ENTRIES_KEPT = 200;

/** The app's log of its launches and their events. The pages and the worker write and read it. */
export class Timeline {
  readonly #database: IDBPDatabase<Schema>;
  readonly #channel = new BroadcastChannel(CHANNEL);
  /** Called after each change, in this tab or another. */
  onChange: () => void = () => {};

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
    this.#channel.onmessage = () => this.onChange();
  }

  static async open(): Promise<Timeline> {
    return new Timeline(await openDatabase());
  }

  /** Returns the stored entries, oldest first. */
  entries(): Promise<TimelineEntry[]> {
    return this.#database.getAll("timeline");
  }

  /** @param eventId names an entry that may be found more than once; it is added once, even after it was cleared */
  async add(entry: TimelineEntry, eventId?: string): Promise<void> {
    const change = this.#database.transaction(["timeline", "handled-events"], "readwrite");
    const events = change.objectStore("handled-events");
    if (eventId === undefined || (await events.getKey(eventId)) === undefined) {
      if (eventId !== undefined) void events.put({ eventId, handledAt: Date.now() });
      const timeline = change.objectStore("timeline");
      void timeline.add(entry);
      const keys = await timeline.getAllKeys();
      for (const key of keys.slice(0, -ENTRIES_KEPT)) void timeline.delete(key);
    }
    await change.done;
    this.#changed();
  }

  async clear(): Promise<void> {
    await this.#database.clear("timeline");
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
