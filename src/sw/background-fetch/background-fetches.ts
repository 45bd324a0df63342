import type {
  BackgroundFetchFailure,
  BackgroundFetchManager,
  BackgroundFetchRegistration,
} from "../../protocol/background-fetch.ts";

/** The event of a registration that ended may come so much later than the registration is gone from the list. */
const LATE_MS = 5_000;
/** How often it is looked whether a registration is still there: its event is lost with a browser that dies in it. */
const LOOK_MS = 30_000;

/** What a registration ended with. Its records can be read while the event is open that brought it. */
export interface Arrival {
  readonly failureReason: BackgroundFetchFailure;
  /** The answer to one of its requests; undefined where there is none, or none any more. */
  answerTo(asked: AskedOfIt): Promise<Response | undefined>;
}

/** What tells the requests of a registration apart. */
interface AskedOfIt {
  readonly method: string;
  readonly url: string;
  readonly range: string | undefined;
}

/** The registrations of Background Fetch in this scope: what the browser has of them, and what came of them. */
export class BackgroundFetches {
  readonly #manager: BackgroundFetchManager | undefined;
  readonly #arrivals = new Map<string, Arrival>();
  readonly #waiters = new Map<string, Set<(arrival: Arrival) => void>>();
  /** Ended by us: what they end with is no news. */
  readonly #abandoned = new Set<string>();

  constructor(manager: BackgroundFetchManager | undefined) {
    this.#manager = manager;
  }

  get isSupported(): boolean {
    return this.#manager !== undefined;
  }

  /** The ids of those that are under way, or have ended by themselves and can be read now. */
  async ids(): Promise<string[]> {
    const underWay = (await this.#manager?.getIds()) ?? [];
    const ended = [...this.#arrivals].filter(([, { failureReason }]) => failureReason !== "aborted");
    return [...underWay, ...ended.map(([id]) => id)];
  }

  /** An event brought a registration that has ended. */
  arrived(registration: BackgroundFetchRegistration): void {
    const { id, failureReason } = registration;
    if (this.#abandoned.has(id)) return;
    const arrival: Arrival = { failureReason, answerTo: (asked) => answerTo(registration, asked) };
    this.#arrivals.set(id, arrival);
    for (const tell of this.#waiters.get(id) ?? []) tell(arrival);
  }

  /** The event is over, and with it what could be read. */
  forget(id: string): void {
    this.#arrivals.delete(id);
  }

  /** Ends a registration, unless it has ended. */
  async abort(id: string): Promise<void> {
    await (await this.#manager?.get(id))?.abort();
  }

  /**
   * Waits until a registration ends.
   * @param beginsWithinMs one that has brought nothing by then is given up
   * @returns what came; undefined where the browser does not have it any more
   */
  async wait(
    id: string,
    signal: AbortSignal,
    onProgress: (downloaded: number) => void,
    beginsWithinMs: number = Number.POSITIVE_INFINITY,
  ): Promise<Arrival | undefined> {
    const over = new AbortController();
    const arrival = new Promise<Arrival>((resolve) => this.#waitFor(id, resolve, over.signal));
    const stopped = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener("abort", () => resolve(undefined), { signal: over.signal });
    });
    try {
      return await Promise.race([arrival, stopped, this.#watch(id, over.signal, onProgress, beginsWithinMs)]);
    } finally {
      over.abort();
    }
  }

  #waitFor(id: string, resolve: (arrival: Arrival) => void, signal: AbortSignal): void {
    const known = this.#arrivals.get(id);
    if (known !== undefined) resolve(known);
    const waiters = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, waiters.add(resolve));
    signal.addEventListener("abort", () => {
      waiters.delete(resolve);
      if (waiters.size === 0) this.#waiters.delete(id);
    });
  }

  /** A page that was closed too fast leaves one that never begins. */
  async #abandon(registration: BackgroundFetchRegistration): Promise<undefined> {
    this.#abandoned.add(registration.id);
    await registration.abort();
    return undefined;
  }

  /** Fulfils when the registration is gone and no event has come for it. */
  async #watch(
    id: string,
    signal: AbortSignal,
    onProgress: (downloaded: number) => void,
    beginsWithinMs: number,
  ): Promise<undefined> {
    let leftMs = Math.max(0, beginsWithinMs);
    const tell = ({ target }: Event): void => onProgress((target as BackgroundFetchRegistration).downloaded);
    for (;;) {
      const registration = await this.#manager?.get(id);
      if (registration === undefined) break;
      registration.addEventListener("progress", tell, { signal });
      onProgress(registration.downloaded);
      const hasBegun = registration.downloaded > 0;
      if (leftMs <= 0 && !hasBegun) return this.#abandon(registration);
      const pauseMs = hasBegun ? LOOK_MS : Math.min(LOOK_MS, leftMs);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      leftMs -= pauseMs;
      if (signal.aborted) return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    return undefined;
  }
}

async function answerTo(
  registration: BackgroundFetchRegistration,
  { method, url, range }: AskedOfIt,
): Promise<Response | undefined> {
  // The browser throws when the event is over: the gap before it could not be closed in time.
  const records = await registration.matchAll().catch(() => []);
  const record = records.find(
    ({ request }) =>
      request.method === method &&
      sameAddress(request.url, url) &&
      (request.headers.get("range") ?? undefined) === range,
  );
  return record?.responseReady.catch(() => undefined);
}

/** What follows a "#" is not sent. */
function sameAddress(one: string, other: string): boolean {
  return one.split("#")[0] === other.split("#")[0];
}
