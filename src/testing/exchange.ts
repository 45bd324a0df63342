import type { Run } from "../sw/ports/transport.ts";

/** The answer of a server: its status, a head, or a whole `Response`. */
export type TestResponse = number | ResponseInit | Response;

/** What the server said of the file of a task. */
export interface ServerFile {
  totalBytes?: number | undefined;
}

/** The version of every file, so that a download can go on after an interruption. */
const ETAG = '"test"';

/** One request that waits for the answer that the test gives. */
export class Exchange {
  /** The attempt that sent it. */
  readonly run: Run;
  readonly request: Request;
  readonly response: Promise<Response>;
  /** Whether it was answered to its end, or is broken. */
  isOver = false;
  #resolve: (response: Response) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #sentBytes = 0;
  readonly #file: ServerFile;

  constructor(run: Run, request: Request, file: ServerFile) {
    this.run = run;
    this.request = request;
    this.#file = file;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.signal.addEventListener("abort", () => this.cut(new DOMException("aborted", "AbortError")));
  }

  /** Sends bytes, after the head if that is still to be sent. */
  progress(bytes: number | Uint8Array, totalBytes: number | undefined): void {
    const content = typeof bytes === "number" ? new Uint8Array(bytes) : bytes;
    const whole = (this.#stream === undefined ? totalBytes : undefined) ?? this.#file.totalBytes;
    const sent = this.#start + this.#sentBytes + content.length;
    if (whole !== undefined && sent > whole)
      throw new RangeError(`progress() would have sent ${sent} of ${whole} bytes.`);
    if (this.#stream === undefined) {
      this.#file.totalBytes = whole;
      this.#answer({ status: 200 }, whole);
    }
    this.#send(content);
  }

  /** Sends the rest: `body`, or as many zeros as `progress` said. @throws Error if another status has been sent */
  async finish(response: TestResponse, body: BodyInit | null | undefined): Promise<void> {
    const head = typeof response === "number" ? { status: response } : response;
    const { status = 200 } = head;
    if (this.#stream !== undefined && status !== 200)
      throw new Error(`The status 200 was sent by progress(): it cannot be ${status} any more.`);
    const given = body === undefined && response instanceof Response ? response.body : body;
    const content =
      given === undefined || given === null
        ? new Uint8Array(Math.max(0, (this.#file.totalBytes ?? 0) - this.#start - this.#sentBytes))
        : new Uint8Array(await new Response(given).arrayBuffer());
    if (this.#stream === undefined) this.#answer(head, this.#start + content.length);
    this.#send(content);
    this.isOver = true;
    this.#stream?.close();
  }

  /** Breaks the connection, before or after the head. */
  cut(error: unknown = new TypeError("network error")): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#reject(error);
    this.#stream?.error(error);
  }

  /** The first byte that the request asks for. */
  get #start(): number {
    return Number(/^bytes=(\d+)-$/.exec(this.request.headers.get("range") ?? "")?.[1] ?? 0);
  }

  /** As a server does that supports ranges: a 200 is a 206 if the request asks for a rest. */
  #answer(head: ResponseInit, totalBytes: number | undefined): void {
    const { status: given = 200 } = head;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
    });
    const headers = new Headers(head.headers);
    const suggest = (name: string, value: string): void => {
      if (!headers.has(name)) headers.set(name, value);
    };
    const start = this.#start;
    const status = given === 200 && start > 0 && totalBytes !== undefined ? 206 : given;
    if (status === 206) suggest("content-range", `bytes ${start}-${Number(totalBytes) - 1}/${totalBytes}`);
    if (totalBytes !== undefined)
      suggest("content-length", String(totalBytes - (status === 206 ? start : 0)));
    if (given === 200) suggest("etag", ETAG);
    const hasNoBody = [101, 103, 204, 205, 304].includes(status);
    const response = new Response(hasNoBody ? null : stream, {
      status,
      headers,
      statusText: head.statusText ?? "",
    });
    // Only a response of `fetch` has these.
    Object.defineProperty(response, "type", { value: "basic" });
    Object.defineProperty(response, "url", { value: this.request.url, configurable: true });
    this.#resolve(response);
  }

  #send(content: Uint8Array): void {
    this.#sentBytes += content.length;
    if (content.length > 0) this.#stream?.enqueue(content);
  }
}
