import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Exchange, ListenerName } from "./exchange.ts";

/** One request as the server saw it. Live: it keeps changing until the request has `finished` or `aborted`. */
export interface LoggedRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly listener: ListenerName;
  /** `undefined` until the head of the answer is sent. */
  readonly status: number | undefined;
  /** Bytes of the body written to the socket so far; the client may have seen fewer. */
  readonly bodyBytesSent: number;
  /** The whole answer was written. */
  readonly finished: boolean;
  /** The connection ended before that, whichever side ended it. */
  readonly aborted: boolean;
  /** When it finished or aborted, in milliseconds since the epoch. */
  readonly endedAt: number | undefined;
}

/** A path (all its queries), a whole URL with its query, or a condition. */
export type RequestFilter = string | ((request: LoggedRequest) => boolean);

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The requests since the start or the last reset, oldest first. */
export class RequestLog {
  #entries: LoggedRequest[] = [];

  add({ request, response, method, url, path, headers, listener }: Exchange): void {
    const entry: Writable<LoggedRequest> = {
      at: Date.now(),
      method,
      url,
      path,
      headers,
      listener,
      status: undefined,
      bodyBytesSent: 0,
      finished: false,
      aborted: false,
      endedAt: undefined,
    };
    this.#entries.push(entry);
    watchHead(response, (status) => {
      entry.status = status;
    });
    if (method !== "HEAD") {
      watchBody(response, (bytes) => {
        entry.bodyBytesSent += bytes;
      });
    }
    response.once("finish", () => {
      entry.finished = true;
      entry.endedAt = Date.now();
    });
    response.once("close", () => {
      entry.aborted = !entry.finished;
      entry.endedAt ??= Date.now();
    });
    request.on("error", () => {}); // A client that leaves in the middle of its upload is in the log, not a crash.
  }

  matching(filter?: RequestFilter): LoggedRequest[] {
    return this.#entries.filter(predicate(filter));
  }

  bytesSent(filter?: RequestFilter): number {
    return this.matching(filter).reduce((sum, entry) => sum + entry.bodyBytesSent, 0);
  }

  clear(): void {
    this.#entries = [];
  }
}

function predicate(filter: RequestFilter | undefined): (request: LoggedRequest) => boolean {
  if (filter === undefined) return () => true;
  if (typeof filter === "function") return filter;
  return filter.includes("?") ? ({ url }) => url === filter : ({ path }) => path === filter;
}

function watchHead(response: ServerResponse, onHead: (status: number) => void): void {
  type WriteHead = (status: number, ...rest: unknown[]) => ServerResponse;
  const writeHead = response.writeHead.bind(response) as WriteHead;
  response.writeHead = (status: number, ...rest: unknown[]): ServerResponse => {
    onHead(status);
    return writeHead(status, ...rest);
  };
}

function watchBody(response: ServerResponse, onBytes: (bytes: number) => void): void {
  const write = response.write.bind(response) as (...parameters: unknown[]) => boolean;
  const end = response.end.bind(response) as (...parameters: unknown[]) => ServerResponse;
  response.write = (...parameters: unknown[]): boolean => {
    onBytes(byteLength(parameters));
    return write(...parameters);
  };
  response.end = (...parameters: unknown[]): ServerResponse => {
    onBytes(byteLength(parameters));
    return end(...parameters);
  };
}

function byteLength([chunk, encoding]: readonly unknown[]): number {
  if (chunk instanceof Uint8Array) return chunk.byteLength;
  if (typeof chunk !== "string") return 0;
  return Buffer.byteLength(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
}
