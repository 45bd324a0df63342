import {
  type BackgroundFetchManager,
  carriedTask,
  type FetchOffer,
  type FetchStart,
  isFetchOffer,
  type OfferedTask,
} from "../../protocol/background-fetch.ts";
import { bodyInitOf, readBody } from "../../store/bodies.ts";
import { withDatabase } from "../../store/with-database.ts";
import { isOfWorkerOf, tellWorker } from "./worker-messages.ts";

/** A tab may start one, and one more after each of these. If it tries too often, Chromium lets it start none at all. */
const GESTURES = ["pointerup", "keyup"] as const;
/** The page that comes next is one of ours, and will be there in a moment. */
const NAVIGATION_MS = 1_000;
/**
 * How long a page that leaves waits for the browser to look at the fetch. If the page is gone by then, Chromium takes the
 * fetch for a worker's, and pauses it until the user resumes it: https://crbug.com/896311
 */
const LOOK_MS = 30;

/** What Chromium has beyond the types: https://html.spec.whatwg.org/multipage/nav-history-apis.html */
interface NavigateEvent extends Event {
  readonly destination: { readonly url: string };
}

/**
 * Starts background fetches for the daemon, which itself may not: when it asks, when the user touches the page if the
 * browser wants that first, and with the last offer when the page leaves.
 */
export class FetchStarter {
  readonly #registration: ServiceWorkerRegistration;
  readonly #fetches: BackgroundFetchManager;
  #offer: FetchOffer | undefined;
  #untouched: FetchOffer | undefined;
  #mayStart = true;
  #next = { url: "", at: 0 };

  /** At most one a registration: it listens for ever. Undefined if the browser has no Background Fetch. */
  static of(registration: ServiceWorkerRegistration): FetchStarter | undefined {
    const { backgroundFetch } = registration as { backgroundFetch?: BackgroundFetchManager };
    if (backgroundFetch === undefined || globalThis.document === undefined) return undefined;
    return new FetchStarter(registration, backgroundFetch);
  }

  private constructor(registration: ServiceWorkerRegistration, fetches: BackgroundFetchManager) {
    this.#registration = registration;
    this.#fetches = fetches;
    navigator.serviceWorker.addEventListener("message", (event) => void this.#hear(event));
    globalThis.addEventListener("pagehide", () => this.#leave());
    globalThis.document.addEventListener("freeze", () => this.#leave());
    for (const gesture of GESTURES) globalThis.addEventListener(gesture, () => void this.#touched());
    (globalThis as { navigation?: EventTarget }).navigation?.addEventListener("navigate", (event) => {
      this.#next = { url: (event as NavigateEvent).destination.url, at: Date.now() };
    });
  }

  /** What to start when the page leaves. */
  offer(offer: FetchOffer | undefined): void {
    this.#offer = offer;
  }

  async #hear({ data, ports, source }: MessageEvent): Promise<void> {
    if (data?.backgroundSession !== "start-fetch" || !isFetchOffer(data.offer)) return;
    if (!isOfWorkerOf(this.#registration, source)) return;
    ports[0]?.postMessage(await this.#start(data.offer));
  }

  async #start(offer: FetchOffer): Promise<FetchStart> {
    this.#untouched = undefined;
    if (!this.#mayStart) {
      // A fetch that the session insists on waits; everything else takes another way meanwhile.
      if (offer.tasks.every(({ reason }) => reason === "asked-for")) this.#untouched = offer;
      return { isStarted: false, error: "The page has to be touched first." };
    }
    try {
      const requests = await Promise.all(offer.tasks.map((task) => this.#requestFor(task)));
      this.#mayStart = false;
      // A task that has lost its body is left out: the daemon finds that it was not answered.
      const present = requests.filter((request) => request !== undefined);
      await this.#fetches.fetch(offer.id, present, offer.options);
      // The daemon may not have asked, or may have stopped waiting for the answer.
      this.#tell(offer);
      return { isStarted: true };
    } catch (error) {
      // Too many registrations of the origin say nothing about this tab.
      this.#mayStart = !/permission/i.test(String(error));
      return { isStarted: false, error: String(error) };
    }
  }

  async #touched(): Promise<void> {
    this.#mayStart = true;
    if (this.#untouched !== undefined) await this.#start(this.#untouched);
  }

  /** Here nothing can be awaited, not even whether the browser takes it: the daemon finds out. */
  #leave(): void {
    const offer = this.#offer;
    this.#offer = undefined;
    if (offer === undefined || !this.#mayStart || this.#isStaying()) return;
    this.#mayStart = false;
    const requests = offer.tasks.map(({ request }) => requestOf(request));
    // Icons would have to be loaded first.
    const { icons: _, ...options } = offer.options;
    this.#fetches.fetch(offer.id, requests, options).catch(() => {});
    this.#tell(offer, true);
    const lookedAt = performance.now() + LOOK_MS;
    // Only a page that is busy stays.
    while (performance.now() < lookedAt);
  }

  /** From one page of the app to the next. */
  #isStaying(): boolean {
    const { url, at } = this.#next;
    return url.startsWith(this.#registration.scope) && Date.now() - at < NAVIGATION_MS;
  }

  #tell({ id, tasks }: FetchOffer, isLeaving = false): void {
    const command = { type: "fetch-started", id, tasks: tasks.map(carriedTask) } as const;
    tellWorker(this.#registration, { backgroundSession: "command", command }, isLeaving);
  }

  async #requestFor(task: OfferedTask): Promise<Request | undefined> {
    const { request } = task;
    if (!task.hasBody) return requestOf(request, request.body);
    const body = await withDatabase(this.#registration.scope, (database) => readBody(database, task));
    return body && requestOf(request, bodyInitOf(body));
  }
}

/**
 * Chromium sends no `Referer` with it, and crashes if a request asks for none. The daemon checks the integrity of the
 * whole, which may begin with bytes of its own.
 */
function requestOf(
  { url, referrer: _, referrerPolicy: __, ...init }: OfferedTask["request"],
  body?: BodyInit,
): Request {
  return new Request(url, { ...init, integrity: "", ...(body !== undefined && { body }) });
}
