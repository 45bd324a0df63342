import type { ScopeNames } from "../../protocol/names.ts";
import type { LogEntry } from "../log.ts";
import { setWakeMarker } from "./wake-marker.ts";

export interface WakeOptions {
  readonly names: Pick<ScopeNames, "queue" | "syncTag">;
  readonly worker: ServiceWorkerGlobalScope;
  readonly log: (entry: LogEntry) => void;
  /** The browser woke the worker, or it started in a browser without sync events. A rejection asks for another event. */
  readonly onWake: () => Promise<void>;
}

/** Background Sync and Periodic Background Sync, which only Chromium has: https://wicg.github.io/background-sync/spec/ */
interface SyncRegistration {
  readonly sync?: { register(tag: string): Promise<void> };
  readonly periodicSync?: {
    register(tag: string, options: { minInterval: number }): Promise<void>;
    unregister(tag: string): Promise<void>;
  };
}

interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
  /** Absent in a periodic event. */
  readonly lastChance?: boolean;
}

/** The shortest time between two periodic events to ask for; a site that is used little gets fewer. */
const PERIOD_MS = 12 * 60 * 60_000;

/** Has the browser wake the worker when there is work and a network. */
export class Wake {
  readonly #options: WakeOptions;
  #change: Promise<void> = Promise.resolve();
  #isLastChance = false;

  /** Must be made while the worker's script is first run: a listener added later misses the event (W3). */
  constructor(options: WakeOptions) {
    this.#options = options;
    const { worker, onWake } = options;
    const listener = (event: SyncEvent): void => {
      if (event.tag !== options.names.syncTag) return;
      this.#isLastChance = event.lastChance === true;
      event.waitUntil(onWake());
    };
    worker.addEventListener("sync" as never, listener);
    worker.addEventListener("periodicsync" as never, listener);
    // Without sync events, each start of the worker is taken for one. The daemon itself logs what fails.
    if (this.#registration.sync === undefined) onWake().catch(() => {});
  }

  /** The current sync event is the last one for this registration. */
  get isLastChance(): boolean {
    return this.#isLastChance;
  }

  /** Makes sure that sync events come while there is work, and only then. */
  update(hasWork: boolean): Promise<void> {
    this.#change = this.#change
      .then(() => this.#update(hasWork))
      .catch((error: unknown) => {
        const message = `The browser could not be asked to wake the worker: ${String(error)}`;
        this.#options.log({ level: "warning", message });
      });
    return this.#change;
  }

  /** Requests the next sync event, which needs a window of the origin. During an event it renews the attempts. */
  async again(): Promise<void> {
    await this.#registration.sync?.register(this.#options.names.syncTag).catch(() => {});
  }

  async #update(hasWork: boolean): Promise<void> {
    const { names, worker } = this.#options;
    const { periodicSync } = this.#registration;
    await setWakeMarker(names.queue, worker.registration.scope, hasWork);
    if (hasWork) {
      await this.again();
      // Most sites are refused: only an installed one, or one that the user has allowed it, gets periodic events.
      await periodicSync?.register(names.syncTag, { minInterval: PERIOD_MS }).catch(() => {});
    } else await periodicSync?.unregister(names.syncTag);
  }

  get #registration(): SyncRegistration {
    return this.#options.worker.registration as SyncRegistration;
  }
}
