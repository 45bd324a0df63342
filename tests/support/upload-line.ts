/** A server with the signature of `fetch`. */
export type Handler = (request: Request) => Promise<Response>;

/** The network's effect on one request; undefined leaves it alone. */
export type Fault =
  /** The request does not arrive. */
  | { readonly kind: "down" }
  /** The connection breaks after this many bytes of the body. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** The server acts, and its answer is lost. */
  | { readonly kind: "answer-lost" }
  /** The request does not arrive, and no error is reported. */
  | { readonly kind: "silence" }
  /** An intermediary answers, as if from `url` if that is given. */
  | { readonly kind: "answer"; readonly response: Response; readonly url?: string }
  /** The server acts, and an intermediary replaces its answer with this one. */
  | { readonly kind: "acted"; readonly response: Response }
  /** The worker is stopped, before or after the server has acted: none of its code goes on. */
  | { readonly kind: "killed"; readonly hasActed: boolean; readonly onKill: () => void };

/** The connection between a transport and a server, with its faults. */
export class UploadLine {
  readonly requests: Request[] = [];
  readonly #handle: Handler;
  /** Called for each request. */
  faultAt: (request: Request, number: number) => Fault | undefined = () => undefined;

  constructor(handle: Handler) {
    this.#handle = handle;
  }

  /** Methods with the offsets that they were sent with. */
  get talk(): string[] {
    return this.requests.map(({ method, headers }) =>
      [method, headers.get("upload-offset")].filter((word) => word !== null).join(" "),
    );
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    request.signal.throwIfAborted();
    this.requests.push(request.clone());
    const fault = this.faultAt(request, this.requests.length);
    if (fault?.kind === "down") throw new TypeError("Failed to fetch");
    if (fault?.kind === "silence") return untilAborted(request);
    if (fault?.kind === "answer") return at(fault.url ?? request.url, fault.response);
    if (fault?.kind === "killed") {
      if (fault.hasActed) await this.#handle(withLength(request, await request.clone().arrayBuffer()));
      fault.onKill();
      return new Promise(() => {});
    }
    if (fault?.kind === "cut") {
      await this.#handle(cutAfter(request, fault.afterBytes)).catch(() => {});
      throw new TypeError("Failed to fetch");
    }
    const handled = this.#handle(withLength(request, await request.clone().arrayBuffer()));
    // The server goes on when the client no longer waits.
    const response = await Promise.race([handled, rejectedAt(request.signal)]);
    if (fault?.kind === "answer-lost") throw new TypeError("Failed to fetch");
    return at(request.url, fault?.kind === "acted" ? fault.response : response);
  };
}

/** A browser keeps a request that is in flight; Node collects it, and with it the signal that ends it. */
const PENDING = new Set<Request>();

function untilAborted(request: Request): Promise<never> {
  PENDING.add(request);
  return rejectedAt(request.signal);
}

function rejectedAt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function at(url: string, response: Response): Response {
  Object.defineProperty(response, "url", { value: url, configurable: true });
  if (response.type !== "opaqueredirect") Object.defineProperty(response, "type", { value: "basic" });
  return response;
}

/** Returns the request with the headers that a server gets from the network. */
export function withLength(request: Request, body: ArrayBuffer): Request {
  const headers = new Headers(request.headers);
  headers.set("content-length", String(body.byteLength));
  headers.set("host", new URL(request.url).host);
  const { url, method } = request;
  return new Request(url, { method, headers, ...(body.byteLength > 0 && { body }) });
}

/** The request as the server sees it if the client disappears in the middle. */
function cutAfter(request: Request, afterBytes: number): Request {
  let sent = false;
  const body = new ReadableStream({
    async pull(controller) {
      if (sent) {
        // The bytes before the cut reach the server's disk first.
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.error(new Error("the connection was cut"));
        return;
      }
      sent = true;
      const bytes = new Uint8Array(await request.clone().arrayBuffer());
      controller.enqueue(bytes.slice(0, afterBytes));
    },
  });
  const headers = new Headers(request.headers);
  headers.set("content-length", request.headers.get("content-length") ?? String(afterBytes + 1));
  headers.set("host", new URL(request.url).host);
  return new Request(request.url, { method: request.method, headers, body, duplex: "half" } as RequestInit);
}
