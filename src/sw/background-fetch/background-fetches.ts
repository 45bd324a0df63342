import { aborted } from "../../async/aborted.ts";
import { pause } from "../../async/pause.ts";
import type { BackgroundFetchManager, BackgroundFetchRegistration } from "../../protocol/background-fetch.ts";
import type { Arrival, BrowserFetches, FetchedRequest } from "../ports/browser-fetches.ts";

/** The event for the end of a registration may come this much later than the registration leaves the list. */
const LATE_MS = 5_000;
/** How often to check that a registration is still there: if the browser crashes, its event is lost. */
const LOOK_MS = 30_000;
/** The same until it has begun: the time that it has may change. */
const BEGIN_LOOK_MS = 2_000;

/** The registrations of the browser's Background Fetch in this scope, if it has Background Fetch. */
export class BackgroundFetches implements BrowserFetches {
  readonly #manager: BackgroundFetchManager | undefined;
  readonly #arrivals = new Map<string, Arrival>();
  /** Each looks for its own arrival. */
  readonly #waiters = new Set<() => void>();
  /** Ended by the daemon: their own end is ignored. */
  readonly #abandoned = new Set<string>();

  constructor(manager: BackgroundFetchManager | undefined) {
    this.#manager = manager;
  }

  get isSupported(): boolean {
    return this.#manager !== undefined;
  }

  async ids(): Promise<string[]> {
    const underWay = (await this.#manager?.getIds()) ?? [];
    const ended = [...this.#arrivals].filter(([, { failureReason }]) => failureReason !== "aborted");
    return [...underWay, ...ended.map(([id]) => id)];
  }

  arrived(registration: BackgroundFetchRegistration): void {
    const { id, failureReason } = registration;
    if (this.#abandoned.has(id)) return;
    const arrival: Arrival = { failureReason, responseTo: (request) => responseTo(registration, request) };
    this.#arrivals.set(id, arrival);
    for (const look of this.#waiters) look();
  }

  forget(id: string): void {
    this.#arrivals.delete(id);
  }

  async abort(id: string): Promise<void> {
    await (await this.#manager?.get(id))?.abort();
  }

  async wait(
    id: string,
    signal: AbortSignal,
    onProgress: (downloaded: number) => void,
    msLeft: () => number = () => Number.POSITIVE_INFINITY,
  ): Promise<Arrival | undefined> {
    const over = new AbortController();
    let look = (): void => {};
    const arrived = new Promise<Arrival>((resolve) => {
      look = () => {
        const arrival = this.#arrivals.get(id);
        if (arrival !== undefined) resolve(arrival);
      };
    });
    look();
    this.#waiters.add(look);
    const watch = this.#watch(id, over.signal, onProgress, msLeft);
    try {
      return await Promise.race([arrived, aborted(signal), watch]);
    } finally {
      over.abort();
      this.#waiters.delete(look);
    }
  }

  /** Fulfils when the registration is gone and no event has come for it. */
  async #watch(
    id: string,
    signal: AbortSignal,
    onProgress: (downloaded: number) => void,
    msLeft: () => number,
  ): Promise<undefined> {
    const onEvent = ({ target }: Event): void =>
      onProgress((target as BackgroundFetchRegistration).downloaded);
    for (;;) {
      const registration = await this.#manager?.get(id);
      if (registration === undefined) break;
      registration.addEventListener("progress", onEvent, { signal });
      onProgress(registration.downloaded);
      const hasBegun = registration.downloaded > 0;
      if (msLeft() <= 0 && !hasBegun) {
        // If a page is closed too soon, its registration never begins.
        this.#abandoned.add(id);
        await registration.abort();
        return undefined;
      }
      await pause(hasBegun ? LOOK_MS : Math.min(BEGIN_LOOK_MS, msLeft()));
      if (signal.aborted) return undefined;
    }
    await pause(LATE_MS);
    return undefined;
  }
}

async function responseTo(
  registration: BackgroundFetchRegistration,
  { method, url, range }: FetchedRequest,
): Promise<Response | undefined> {
  // The browser throws if the event is over by now.
  const records = await registration.matchAll().catch(() => []);
  const record = records.find(
    ({ request }) =>
      request.method === method &&
      withoutFragment(request.url) === withoutFragment(url) &&
      (request.headers.get("range") ?? undefined) === range,
  );
  return record?.responseReady.catch(() => undefined);
}

/** Fragments are not sent. */
function withoutFragment(url: string): string | undefined {
  return url.split("#")[0];
}
