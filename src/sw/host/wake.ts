import { Queue } from "workbox-background-sync/Queue.js";
import type { QueueStore } from "workbox-background-sync/QueueStore.js";
import type { ScopeNames } from "../../protocol/names.ts";
import type { LogEntry } from "../log.ts";
import { yieldingStoreOf } from "./yielding-store.ts";

export interface WakeOptions {
  readonly names: Pick<ScopeNames, "queue" | "syncTag">;
  readonly worker: ServiceWorkerGlobalScope;
  readonly log: (entry: LogEntry) => void;
  /** The browser woke the worker, or it started in a browser without sync events. A rejection asks for another event. */
  readonly onWake: () => Promise<void>;
}

/** What Chromium has beyond the types: https://wicg.github.io/periodic-background-sync/ */
interface PeriodicSyncRegistration {
  readonly periodicSync?: {
    register(tag: string, options: { minInterval: number }): Promise<void>;
    unregister(tag: string): Promise<void>;
  };
}

interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
  readonly lastChance: boolean;
}

/** The shortest time between two periodic events to ask for; a site that is used little gets fewer. */
const PERIOD_MS = 12 * 60 * 60_000;

/**
 * Has the browser wake the worker when there is work and a network. Workbox's Queue is the sync listener, the
 * registration, and the fallback at start-up if a browser has no Background Sync. While there is work, it holds one
 * marker, and never a task: tasks are in our own database.
 */
export class Wake {
  readonly #queue: Queue;
  readonly #store: QueueStore;
  readonly #worker: ServiceWorkerGlobalScope;
  readonly #tag: string;
  readonly #log: (entry: LogEntry) => void;
  #change: Promise<void> = Promise.resolve();
  #isLastChance = false;

  /** Must be made while the worker's script is first run: a listener added later misses the event (W3). */
  constructor({ names, worker, log, onWake }: WakeOptions) {
    this.#log = log;
    this.#worker = worker;
    this.#tag = names.syncTag;
    this.#listen(onWake);
    // Workbox drops old entries only when it hands them out, and nobody asks it for the marker.
    this.#queue = new Queue(names.queue, { onSync: () => this.#use(onWake) });
    this.#store = yieldingStoreOf(this.#queue);
  }

  /** The current sync event is the last one for this registration, which workbox does not tell. */
  get isLastChance(): boolean {
    return this.#isLastChance;
  }

  /** Makes sure that sync events come while there is work, and only then. */
  update(hasWork: boolean): Promise<void> {
    this.#change = this.#change
      .then(() => (hasWork ? this.#arm() : this.#disarm()))
      .catch((error: unknown) => {
        const message = `The browser could not be asked to wake the worker: ${String(error)}`;
        this.#log({ level: "warning", message });
      });
    return this.#change;
  }

  /** Requests the next sync event, which needs a window of the origin. During an event it renews the attempts. */
  again(): Promise<void> {
    return this.#queue.registerSync();
  }

  /** Without sync events nobody can be asked for another one; the daemon itself logs what fails. */
  #use(onWake: () => Promise<void>): Promise<void> {
    return "sync" in this.#worker.registration ? onWake() : onWake().catch(() => {});
  }

  #listen(onWake: () => Promise<void>): void {
    // Before workbox's own listener, which starts the work.
    this.#worker.addEventListener("sync" as never, (event: SyncEvent) => {
      if (event.tag === this.#tag) this.#isLastChance = event.lastChance;
    });
    this.#worker.addEventListener("periodicsync" as never, (event: SyncEvent) => {
      if (event.tag !== this.#tag) return;
      this.#isLastChance = false;
      event.waitUntil(onWake());
    });
  }

  async #arm(): Promise<void> {
    if ((await this.#queue.size()) > 0) await this.#queue.registerSync();
    else await this.#queue.pushRequest({ request: new Request(this.#worker.registration.scope) });
    // Most sites are refused: only an installed one, or one that the user has allowed it, gets periodic events.
    await this.#periodicSync?.register(this.#tag, { minInterval: PERIOD_MS }).catch(() => {});
  }

  async #disarm(): Promise<void> {
    for (const marker of await this.#store.getAll()) await this.#store.deleteEntry(marker.id);
    await this.#periodicSync?.unregister(this.#tag);
  }

  get #periodicSync(): PeriodicSyncRegistration["periodicSync"] {
    return (this.#worker.registration as PeriodicSyncRegistration).periodicSync;
  }
}
