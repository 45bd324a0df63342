import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

/** Which of the two origins was asked. */
export type ListenerName = "same" | "cross";

/** A request and the response to it, with the target parsed once. */
export interface Exchange {
  readonly listener: ListenerName;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Path and query, as requested. */
  readonly url: string;
  /** Without the query, still URL-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborted when the response is over, whichever side ended it. */
  readonly signal: AbortSignal;
}

export function openExchange(
  listener: ListenerName,
  request: IncomingMessage,
  response: ServerResponse,
): Exchange {
  const over = new AbortController();
  response.once("close", () => over.abort());
  const url = request.url ?? "/";
  const queryAt = url.indexOf("?");
  return {
    listener,
    request,
    response,
    method: request.method ?? "GET",
    headers: request.headers,
    url,
    path: queryAt < 0 ? url : url.slice(0, queryAt),
    query: new URLSearchParams(queryAt < 0 ? "" : url.slice(queryAt)),
    signal: over.signal,
  };
}
