import type {
  BackgroundFetchFailure,
  BackgroundFetchManager,
  BackgroundFetchOptions,
  BackgroundFetchRecord,
  BackgroundFetchRegistration,
} from "../../src/protocol/background-fetch.ts";

type Ask = (request: Request) => Promise<Response>;

/** Chromium allows this many at once for an origin. */
const MAX_ACTIVE = 5;
const AT_A_TIME = 2;

/**
 * Background Fetch as in Chromium 156, with its traps but without its delays: what Chromium retries every 20 s is
 * retried on command. It outlives workers and pages.
 */
export class FakeBackgroundFetch implements BackgroundFetchManager {
  readonly #ask: Ask;
  readonly #active: FakeRegistration[] = [];
  /** Dispatches the event of a registration that has ended to the worker; fulfils when that event is over. */
  readonly #onEnd: (registration: FakeRegistration) => Promise<void>;
  readonly #requests = new WeakSet<Request>();
  /** If true, an unreachable server or a 5xx is retried, by `retry`; otherwise the fetch fails at once. */
  isPatient = false;
  /** The message that `fetch` throws: the browser wants a user gesture first, for example. */
  refusal: string | undefined;

  constructor(ask: Ask, onEnd: (registration: FakeRegistration) => Promise<void>) {
    this.#ask = ask;
    this.#onEnd = onEnd;
  }

  async fetch(
    id: string,
    requests: Request[],
    options: BackgroundFetchOptions = {},
  ): Promise<FakeRegistration> {
    if (this.refusal !== undefined) throw new TypeError(this.refusal);
    if (this.#active.some((it) => it.id === id)) {
      throw new TypeError("There already is a registration for the given id.");
    }
    if (this.#active.length >= MAX_ACTIVE) {
      throw new TypeError("There are too many active fetches for this origin.");
    }
    const registration = new FakeRegistration(id, requests, options, {
      ask: (request) => {
        this.#requests.add(request);
        return this.#ask(request);
      },
      isPatient: () => this.isPatient,
      onEnd: () => this.#end(registration),
    });
    this.#active.push(registration);
    this.#begin();
    return registration;
  }

  async get(id: string): Promise<FakeRegistration | undefined> {
    return this.#active.find((it) => it.id === id);
  }

  async getIds(): Promise<string[]> {
    return this.#active.map(({ id }) => id);
  }

  /** Repeats the requests that found no server, or a busy one. */
  retry(): void {
    for (const registration of this.#active) registration.retry();
  }

  /** The browser quits normally: it loses everything in flight, and says so at its next start. */
  close(): void {
    for (const registration of [...this.#active]) registration.fail("fetch-error");
  }

  /** The browser loses everything in flight, and says nothing. */
  lose(): void {
    for (const registration of this.#active.splice(0)) registration.lose();
  }

  /** Whether the browser, and not a worker, made this request. */
  isOwn(request: Request): boolean {
    return this.#requests.has(request);
  }

  /** Begins the requests one after the other. */
  #begin(): void {
    this.#active[0]?.begin();
  }

  #end(registration: FakeRegistration): void {
    this.#active.splice(this.#active.indexOf(registration), 1);
    this.#begin();
    void this.#onEnd(registration).finally(() => registration.forget());
  }
}

interface Browser {
  readonly ask: Ask;
  readonly isPatient: () => boolean;
  readonly onEnd: () => void;
}

export class FakeRegistration extends EventTarget implements BackgroundFetchRegistration {
  readonly id: string;
  readonly options: BackgroundFetchOptions;
  readonly #browser: Browser;
  readonly #transfers: readonly FakeTransfer[];
  result: BackgroundFetchRegistration["result"] = "";
  failureReason: BackgroundFetchFailure = "";
  #hasBegun = false;
  #isReadable = true;

  constructor(id: string, requests: readonly Request[], options: BackgroundFetchOptions, browser: Browser) {
    super();
    this.id = id;
    this.options = options;
    this.#browser = browser;
    this.#transfers = requests.map((request) => new FakeTransfer(request, browser, () => this.#moved()));
  }

  get downloaded(): number {
    return this.#transfers.reduce((sum, { received }) => sum + received, 0);
  }

  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    void this.#run();
  }

  retry(): void {
    for (const transfer of this.#transfers) transfer.retry();
  }

  async abort(): Promise<boolean> {
    if (this.result !== "") return false;
    this.fail("aborted");
    return true;
  }

  /** Ends the registration early; missing bytes are lost. */
  fail(reason: BackgroundFetchFailure): void {
    if (this.result !== "") return;
    for (const transfer of this.#transfers) transfer.stop(reason === "fetch-error");
    this.#settle("failure", reason);
  }

  lose(): void {
    for (const transfer of this.#transfers) transfer.stop(true);
    this.result = "failure";
  }

  async matchAll(): Promise<readonly BackgroundFetchRecord[]> {
    if (!this.#isReadable) {
      throw new DOMException(
        "The records associated with this fetch are no longer available.",
        "InvalidStateError",
      );
    }
    return this.#transfers.map((transfer) => transfer.record());
  }

  /** The event is over, and the records are deleted. */
  forget(): void {
    this.#isReadable = false;
  }

  async #run(): Promise<void> {
    const line = [...this.#transfers];
    const work = async (): Promise<void> => {
      for (let next = line.shift(); next !== undefined; next = line.shift()) await next.run();
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    const isGood = this.#transfers.every(({ isGood }) => isGood);
    this.#settle(isGood ? "success" : "failure", isGood ? "" : "bad-status");
  }

  #settle(result: "success" | "failure", reason: BackgroundFetchFailure): void {
    if (this.result !== "") return;
    this.result = result;
    this.failureReason = reason;
    this.#browser.onEnd();
  }

  #moved(): void {
    const { downloadTotal = 0 } = this.options;
    if (downloadTotal > 0 && this.downloaded > downloadTotal) this.fail("download-total-exceeded");
    this.dispatchEvent(new Event("progress"));
  }
}

interface Head {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
}

/** One request of a registration, and its outcome. */
class FakeTransfer {
  readonly #request: Request;
  readonly #browser: Browser;
  readonly #onMove: () => void;
  readonly #stopped = new AbortController();
  readonly #own: { readonly start: number; readonly ifRange: string | null };
  #head: Head | undefined;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #isOver = false;
  #hasNoRecord = false;
  #wake = (): void => {};
  readonly #waiting = new Set<() => void>();

  constructor(request: Request, browser: Browser, onMove: () => void) {
    this.#request = request;
    this.#browser = browser;
    this.#onMove = onMove;
    const start = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1];
    this.#own = { start: Number(start ?? 0), ifRange: request.headers.get("if-range") };
  }

  get received(): number {
    return this.#chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  get isGood(): boolean {
    return this.#head !== undefined && this.#head.status >= 200 && this.#head.status <= 299;
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      const response = await this.#ask();
      if (this.#stopped.signal.aborted) return;
      if (response === undefined || response.status >= 500) await this.#waitOrGiveUp(response);
      else await this.#take(response);
    }
    for (const tell of this.#waiting) tell();
  }

  retry(): void {
    this.#wake();
  }

  stop(hasNoRecord: boolean): void {
    this.#hasNoRecord = hasNoRecord;
    this.#stopped.abort();
    for (const tell of this.#waiting) tell();
  }

  record(): BackgroundFetchRecord {
    const ready = this.#ready();
    // Nobody may be waiting for it.
    ready.catch(() => {});
    return { request: this.#request, responseReady: ready };
  }

  async #ready(): Promise<Response> {
    if (!this.#isOver && !this.#stopped.signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    if (!this.#isOver || this.#hasNoRecord) throw new DOMException("aborted", "AbortError");
    if (this.#head === undefined) return Response.error();
    const { url, status, headers } = this.#head;
    const isEmpty = status === 204 || status === 205 || status === 304;
    const response = new Response(isEmpty ? null : new Blob(this.#chunks), { status, headers });
    Object.defineProperty(response, "url", { value: url });
    return response;
  }

  /** Requests the rest if there are bytes: with its own If-Range only if the caller set no Range. */
  #ask(): Promise<Response | undefined> {
    const headers = new Headers(this.#request.headers);
    const etag = this.#head?.headers.get("etag");
    if (this.received > 0) {
      headers.set("range", `bytes=${this.#own.start + this.received}-`);
      if (!this.#request.headers.has("range") && etag) headers.set("if-range", etag);
    }
    // A request without a body can be repeated any number of times.
    const again = new Request(this.#request.clone(), { headers, signal: this.#stopped.signal });
    return this.#browser.ask(again).catch(() => undefined);
  }

  async #waitOrGiveUp(response: Response | undefined): Promise<void> {
    await response?.body?.cancel();
    if (this.#browser.isPatient()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#stopped.signal.addEventListener("abort", () => resolve());
      });
      return;
    }
    this.#chunks = [];
    this.#head = response && headOf(response);
    this.#isOver = true;
  }

  async #take(response: Response): Promise<void> {
    const isRest = this.received > 0 && response.status === 206;
    if (this.received > 0 && !isRest && this.#own.ifRange !== null) {
      // The file had changed: Chromium reports success, with the old headers and without a body.
      await response.body?.cancel();
      this.#chunks = [];
      this.#isOver = true;
      return;
    }
    if (!isRest) {
      this.#head = headOf(response);
      this.#chunks = [];
    }
    if (!response.ok) {
      await response.body?.cancel();
      this.#isOver = true;
      return;
    }
    this.#isOver = await this.#receive(response);
    const isResumable = this.#head?.headers.get("etag")?.startsWith('"') || this.#own.start > 0;
    if (!this.#isOver && !isResumable) this.#chunks = [];
  }

  /** @returns whether the body came to its end */
  async #receive({ body }: Response): Promise<boolean> {
    const reader = body?.getReader();
    if (reader === undefined) return true;
    for (;;) {
      const read = await reader.read().catch(() => undefined);
      if (read === undefined || this.#stopped.signal.aborted) return false;
      if (read.done) return true;
      this.#chunks.push(read.value as Uint8Array<ArrayBuffer>);
      this.#onMove();
    }
  }
}

function headOf({ url, status, headers }: Response): Head {
  return { url, status, headers };
}
