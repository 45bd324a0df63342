import type { BackgroundFetchRegistration } from "../../protocol/background-fetch.ts";
import type { Daemon } from "../daemon.ts";
import { within } from "../within.ts";

/** A browser kills the whole worker when a sync event is open for 3 min: each is left in time (W2). */
const WINDOW_MS = 150_000;
/** What is kept of the last window of a registration for a launch of the app with the events that are there (L1). */
const LAST_LAUNCH_MS = 40_000;
/** Firefox gives a worker 30 s more for an event that is open. */
const LEAVE_MS = 25_000;

/** The registration of the sync event in hand. */
export interface SyncRequest {
  /** No other one comes after it by itself. */
  readonly isLastChance: boolean;
  /** Asks for the next one, where there is a window that may. */
  again(): Promise<void>;
}

/** Uses the time that the browser gives the worker with an event. */
export class EventWindow {
  readonly #daemon: Daemon;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Any event: runs until there is nothing left to do, or its time is over. */
  async use(limitMs: number = WINDOW_MS): Promise<void> {
    this.#daemon.launches.wake();
    await this.#daemon.untilIdle(limitMs);
  }

  /** The last page may be going: until the worker is stopped there is some time. */
  useLeave(): Promise<void> {
    return this.#daemon.untilIdle(LEAVE_MS);
  }

  /** A background fetch has ended; afterwards the app may be launched for it. */
  async useFetch(registration: BackgroundFetchRegistration): Promise<void> {
    const end = Date.now() + WINDOW_MS;
    await within(WINDOW_MS, this.#daemon.takeFetched(registration));
    await this.use(end - Date.now());
  }

  /** A sync event. @throws Error when there is work left and no window: the only way to be woken again (W3) */
  async useSync(request: SyncRequest): Promise<void> {
    // Asked for while this one fires, the next one comes right after it and with fresh attempts, however the last
    // page goes meanwhile. A worker that has just started does so when it finds that there is work. Not for what a
    // page or the app has to do first: that would be a loop.
    if (this.#daemon.isAtWork) await request.again();
    if (request.isLastChance) {
      await this.use(WINDOW_MS - LAST_LAUNCH_MS);
      if (this.#daemon.hasWork && !this.#daemon.hasPages) this.#daemon.launches.takeLastChance();
      await this.#daemon.untilIdle(LAST_LAUNCH_MS);
    } else await this.use();
    if (this.#daemon.isAway) throw new Error("A newer worker goes on.");
    if (!this.#daemon.hasWork) return;
    if (this.#daemon.isAtWork && this.#daemon.hasPages) await request.again();
    else throw new Error("There is unfinished work.");
  }
}
