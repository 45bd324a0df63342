/** How the server treats its one file. */
export interface Manners {
  /** @default "etag" */
  validator?: "etag" | "last-modified" | "none";
  /** Answers every request with a 200. */
  ignoresRange?: boolean;
  /** Answers a range although If-Range names another version, as many servers do. */
  ignoresIfRange?: boolean;
  /** No range is longer than this. */
  capBytes?: number;
  hasNoLength?: boolean;
  /** As seen from a page of another origin: most headers are hidden, nothing is "basic". */
  isForeign?: boolean;
  /** Like `isForeign`, but `Content-Range` and `ETag` are exposed. */
  isExposed?: boolean;
}

const SAFELISTED = ["cache-control", "content-length", "content-type", "last-modified"];

interface Settle {
  resolve(response: Response): void;
  reject(error: unknown): void;
}

/** One request that the server got, and the means to answer it. */
export class Exchange {
  readonly request: Request;
  readonly #settle: Settle;
  /** Whether it was sent to its end, or broken. */
  isOver = false;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #rest: Uint8Array = new Uint8Array();

  constructor(request: Request, settle: Settle) {
    this.request = request;
    this.#settle = settle;
    request.signal.addEventListener("abort", () => this.#fail(new DOMException("aborted", "AbortError")));
  }

  get isAnswered(): boolean {
    return this.#stream !== undefined;
  }

  /** Sends the head; the bytes follow with `send` and `finish`. */
  answer(status: number, headers: Record<string, string>, body: Uint8Array, type: ResponseType): void {
    this.#rest = body;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
    });
    const hasNoBody = status === 204 || status === 304;
    const response = new Response(hasNoBody ? null : stream, { status, headers });
    Object.defineProperty(response, "type", { value: type });
    Object.defineProperty(response, "url", { value: this.request.url });
    this.#settle.resolve(response);
  }

  send(count: number): void {
    const bytes = this.#rest.slice(0, count);
    this.#rest = this.#rest.slice(count);
    if (bytes.length > 0) this.#try((stream) => stream.enqueue(bytes));
  }

  finish(): void {
    this.send(this.#rest.length);
    this.isOver = true;
    this.#try((stream) => stream.close());
  }

  /** Breaks the connection, before or after the head. */
  cut(): void {
    this.#fail(new TypeError("network error"));
  }

  #fail(error: unknown): void {
    this.isOver = true;
    this.#settle.reject(error);
    this.#try((stream) => stream.error(error));
  }

  /** A body that was read to its end, cancelled or cut accepts no more. */
  #try(act: (stream: ReadableStreamDefaultController<Uint8Array>) => void): void {
    try {
      if (this.#stream !== undefined) act(this.#stream);
    } catch {}
  }
}

/** A server in memory with one file that has versions. It answers on command, or by itself. */
export class RangeServer {
  readonly manners: Manners;
  readonly exchanges: Exchange[] = [];
  readonly #sizeOf: (version: number) => number;
  version = 1;
  isDown = false;
  /** Whether it answers every request at once and whole. */
  isAutomatic = true;

  constructor(manners: Manners = {}, sizeOf: (version: number) => number = () => 1_000) {
    this.manners = manners;
    this.#sizeOf = sizeOf;
  }

  /** Neighbouring versions differ in every byte, so a mixture shows. */
  bytes(version: number = this.version): Uint8Array {
    return Uint8Array.from({ length: this.#sizeOf(version) }, (_, index) => (index * 7 + version * 31) % 251);
  }

  readonly fetch = (request: Request): Promise<Response> =>
    new Promise((resolve, reject) => {
      if (this.isDown || request.signal.aborted) {
        reject(new TypeError("Failed to fetch"));
        return;
      }
      const exchange = new Exchange(request, { resolve, reject });
      this.exchanges.push(exchange);
      if (!this.isAutomatic) return;
      this.answer(exchange);
      exchange.finish();
    });

  /** Answers according to these manners. */
  answer(exchange: Exchange): void {
    const { request } = exchange;
    const all = this.bytes();
    const { start, last } = this.#rangeOf(request) ?? {};
    if (start === undefined) this.#send(exchange, 200, {}, all);
    else if (start >= all.length) this.#send(exchange, 416, { "content-range": `bytes */${all.length}` });
    else {
      const end = Math.min(
        all.length,
        (last ?? all.length) + 1,
        start + (this.manners.capBytes ?? all.length),
      );
      const range = { "content-range": `bytes ${start}-${end - 1}/${all.length}` };
      this.#send(exchange, 206, range, all.slice(start, end));
    }
  }

  refuse(exchange: Exchange, status: number, headers: Record<string, string> = {}): void {
    this.#send(exchange, status, headers, new TextEncoder().encode("refused"));
  }

  get #validators(): Record<string, string> {
    const { validator = "etag" } = this.manners;
    const date = { "last-modified": new Date(1_445_412_480_000 + this.version * 60_000).toUTCString() };
    if (validator === "none") return {};
    return validator === "etag" ? { etag: `"${this.version}"`, ...date } : date;
  }

  #rangeOf({ headers }: Request): { start: number; last: number | undefined } | undefined {
    const match = /^bytes=(\d+)-(\d*)$/.exec(headers.get("range") ?? "");
    if (match === null || this.manners.ignoresRange) return undefined;
    const condition = headers.get("if-range");
    const isSame = condition === null || Object.values(this.#validators).includes(condition);
    if (!isSame && !this.manners.ignoresIfRange) return undefined;
    return { start: Number(match[1]), last: match[2] ? Number(match[2]) : undefined };
  }

  #send(
    exchange: Exchange,
    status: number,
    headers: Record<string, string>,
    body: Uint8Array = new Uint8Array(),
  ): void {
    const { isForeign = false, isExposed = false, hasNoLength = false } = this.manners;
    const all = {
      ...this.#validators,
      ...headers,
      ...(!hasNoLength && { "content-length": String(body.length) }),
    };
    const visible = [...SAFELISTED, ...(isExposed ? ["etag", "content-range", "accept-ranges"] : [])];
    const shown = Object.entries(all).filter(([name]) => !isForeign || visible.includes(name));
    exchange.answer(status, Object.fromEntries(shown), body, isForeign ? "cors" : "basic");
  }
}
