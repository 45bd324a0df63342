/** The answer of a server: its status, a head, or all of it. */
export type TestResponse = number | (ResponseInit & { readonly status?: number }) | Response;

/** One request that waits for the answer that the test gives. */
export class Exchange {
  readonly session: string;
  readonly taskId: string;
  readonly request: Request;
  readonly response: Promise<Response>;
  /** Whether it was answered to its end, or is broken. */
  isOver = false;
  #resolve: (response: Response) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #sentBytes = 0;
  #totalBytes = 0;

  constructor(session: string, taskId: string, request: Request) {
    this.session = session;
    this.taskId = taskId;
    this.request = request;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.signal.addEventListener("abort", () => this.cut(new DOMException("aborted", "AbortError")));
  }

  /** Sends bytes, after the head if that is still to be sent. */
  progress(bytes: number | Uint8Array<ArrayBuffer>, totalBytes: number | undefined): void {
    const content = typeof bytes === "number" ? new Uint8Array(bytes) : bytes;
    if (this.#stream === undefined) {
      this.#totalBytes = totalBytes ?? 0;
      const headers = totalBytes === undefined ? {} : { "content-length": String(totalBytes) };
      this.#answer({ status: 200, headers });
    }
    this.#send(content);
  }

  /** Sends the rest: `body`, or as many zeros as `progress` said. */
  async finish(response: TestResponse, body: BodyInit | null | undefined): Promise<void> {
    const head = typeof response === "number" ? { status: response } : response;
    const given = body === undefined && response instanceof Response ? response.body : body;
    const content =
      given === undefined || given === null
        ? new Uint8Array(Math.max(0, this.#totalBytes - this.#sentBytes))
        : new Uint8Array(await new Response(given).arrayBuffer());
    if (this.#stream === undefined) this.#answer(head, content.length);
    this.#send(content);
    this.isOver = true;
    this.#stream?.close();
  }

  /** Breaks the connection, before or after the head. */
  cut(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#reject(error);
    this.#stream?.error(error);
  }

  #answer(head: ResponseInit, length?: number): void {
    const { status = 200 } = head;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
    });
    const headers = new Headers(head.headers);
    if (length !== undefined && !headers.has("content-length")) headers.set("content-length", String(length));
    const hasNoBody = [204, 205, 304].includes(status);
    const response = new Response(hasNoBody ? null : stream, {
      status,
      headers,
      statusText: head.statusText ?? "",
    });
    // Only a response of `fetch` has these.
    Object.defineProperty(response, "type", { value: "basic" });
    Object.defineProperty(response, "url", { value: this.request.url });
    this.#resolve(response);
  }

  #send(content: Uint8Array<ArrayBuffer>): void {
    this.#sentBytes += content.length;
    if (content.length > 0) this.#stream?.enqueue(content);
  }
}
