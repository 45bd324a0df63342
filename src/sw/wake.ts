import { Queue } from "workbox-background-sync/Queue.js";
import { QueueStore } from "workbox-background-sync/QueueStore.js";

/** How long a wake may be waited for, in minutes: longer than any task lives. */
const RETENTION_MINUTES = 60 * 24 * 365;

export interface WakeOptions {
  readonly name: string;
  /** Any address of the scope: the marker is a request, but it is never sent. */
  readonly scope: string;
  /** A sync event fired, or a worker started where there are no sync events. A rejection asks for another one. */
  readonly onWake: () => Promise<void>;
}

/**
 * Has the browser wake the worker when there is work and a network: workbox's Queue is the sync listener, the
 * registration, and the start-up fallback where a browser has no Background Sync. It holds one marker while there
 * is work, and never a task: those are in our own database.
 */
export class Wake {
  readonly #queue: Queue;
  readonly #store: QueueStore;
  readonly #scope: string;
  #change: Promise<void> = Promise.resolve();

  /** Must be made while the worker's script is first run: a listener added later misses the event (W3). */
  constructor({ name, scope, onWake }: WakeOptions) {
    this.#scope = scope;
    this.#store = new QueueStore(name);
    this.#queue = new Queue(name, { onSync: onWake, maxRetentionTime: RETENTION_MINUTES });
  }

  /** Sees to it that a sync event comes while there is work, and not without. */
  update(hasWork: boolean): Promise<void> {
    this.#change = this.#change.then(() => (hasWork ? this.#arm() : this.#disarm())).catch(() => {});
    return this.#change;
  }

  /** Asks for the next sync event; needs a window of the origin. */
  again(): Promise<void> {
    return this.#queue.registerSync();
  }

  async #arm(): Promise<void> {
    if ((await this.#queue.size()) > 0) await this.#queue.registerSync();
    else await this.#queue.pushRequest({ request: new Request(this.#scope) });
  }

  async #disarm(): Promise<void> {
    for (const marker of await this.#store.getAll()) await this.#store.deleteEntry(marker.id);
  }
}
