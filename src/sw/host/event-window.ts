import { within } from "../../async/within.ts";
import type { BackgroundFetchRegistration } from "../../protocol/background-fetch.ts";
import type { Daemon } from "../daemon.ts";

/** A browser kills the whole worker if a sync event is open for 3 min, so no event is used for longer than this (W2). */
const WINDOW_MS = 150_000;
/** How much of the last sync event is reserved for launching the app with the events that there are (L1). */
const LAST_LAUNCH_MS = 40_000;
/** While an event is open, Firefox gives the worker 30 s. */
const LEAVE_MS = 25_000;
const NEWER_GOES_ON = "A newer worker goes on.";

/** The registration of the current sync event. */
export interface SyncRequest {
  /** No other event comes after it by itself. */
  readonly isLastChance: boolean;
  /** Requests the next event, which needs a window of the origin. */
  again(): Promise<void>;
}

/** Keeps events of the worker open while the daemon has work to do. */
export class EventWindow {
  readonly #daemon: Daemon;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Uses any event: until the daemon is idle, or the time is up. */
  async use(limitMs: number = WINDOW_MS): Promise<void> {
    this.#daemon.launches.wake();
    await this.#daemon.untilIdle(limitMs);
  }

  /** Uses the event in which a page leaves: if it is the last page, there is little time left. */
  useLeave(): Promise<void> {
    return this.#daemon.untilIdle(LEAVE_MS);
  }

  /** Uses the event that a background fetch has ended; the app may be launched for it afterwards. */
  async useFetch(registration: BackgroundFetchRegistration): Promise<void> {
    const end = Date.now() + WINDOW_MS;
    await within(WINDOW_MS, this.#daemon.takeFetched(registration));
    await this.use(end - Date.now());
  }

  /** Uses a sync event. @throws Error if work is left and there is no window: the only way to be woken again (W3) */
  async useSync(request: SyncRequest): Promise<void> {
    if (this.#daemon.isAway) throw new Error(NEWER_GOES_ON);
    // The next event, if requested during this one, comes right after it and with fresh attempts, whatever becomes of
    // the last page meanwhile. A worker that has just started requests it when it finds work. Work that a page or the app
    // has to do first does not count: the events would be a loop.
    if (this.#daemon.isAtWork) await request.again();
    if (request.isLastChance) {
      await this.use(WINDOW_MS - LAST_LAUNCH_MS);
      if (this.#daemon.hasWork && !this.#daemon.hasPages) this.#daemon.launches.takeLastChance();
      await this.#daemon.untilIdle(LAST_LAUNCH_MS);
    } else await this.use();
    if (this.#daemon.isAway) throw new Error(NEWER_GOES_ON);
    if (!this.#daemon.hasWork) return;
    if (this.#daemon.isAtWork && this.#daemon.hasPages) await request.again();
    else throw new Error("There is unfinished work.");
  }
}
