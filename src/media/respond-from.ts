import { byteRangeOf } from "./byte-range.ts";
import { type MediaSource, storedBody } from "./stored-body.ts";

/** Options of `respondFrom`. */
export interface RespondOptions {
  /** Headers of the answer, which replace those of the source. @default none */
  headers?: HeadersInit;
}

/**
 * Answers a request from stored bytes, as a server does that knows ranges (RFC 9110, section 14): 206 for one range, 416
 * if it begins after the end, otherwise 200 with the whole. Media elements need that to seek. If `source` is a session, the
 * newest finished download of the request's URL is sent, while the session has it; it is looked up once in two seconds. A
 * stored response of another status than 200 is the answer as it is. The bytes are read from the disk while they are sent,
 * and are never in memory as a whole.
 *
 * It is for the `fetch` handler of a service worker, and works in a page as well. `If-Range` counts with a strong
 * `ETag` only; other preconditions are ignored.
 *
 * @param source what has the bytes
 * @param request its method, URL and `Range` count
 * @param options headers of the answer
 * @returns undefined if there are no such bytes, or if the method is not GET or HEAD: ask the network then
 * @throws TypeError if `source` is none of these kinds
 * @throws SessionError `session-invalidated` if `source` is a session that is over
 * @example
 * addEventListener("fetch", (event) => {
 *   const { request } = event;
 *   if (!new URL(request.url).pathname.startsWith("/episodes/")) return;
 *   event.respondWith(respondFrom({ cache: "episodes" }, request).then((answer) => answer ?? fetch(request)));
 * });
 */
export async function respondFrom(
  source: MediaSource,
  request: Request,
  { headers: added }: RespondOptions = {},
): Promise<Response | undefined> {
  const { method } = request;
  if (method !== "GET" && method !== "HEAD") return undefined;
  const found = await storedBody(source, request.url);
  if (found === undefined || "whole" in found) return found?.whole;
  const { blob, headers } = found;
  for (const [name, value] of new Headers(added)) headers.set(name, value);
  headers.set("accept-ranges", "bytes");
  const range = byteRangeOf(rangeHeader(request, headers.get("etag")), blob.size);
  if (range === "unsatisfiable") {
    headers.set("content-range", `bytes */${blob.size}`);
    headers.delete("content-length");
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range ?? { start: 0, end: blob.size };
  headers.set("content-length", String(end - start));
  if (range !== undefined) headers.set("content-range", `bytes ${start}-${end - 1}/${blob.size}`);
  const body = method === "HEAD" ? null : blob.slice(start, end);
  return new Response(body, { status: range === undefined ? 200 : 206, headers });
}

/** Returns the `Range` header if it counts: for GET, and if the file is still the one of which the client has a part. */
function rangeHeader({ method, headers }: Request, etag: string | null): string | null {
  const condition = headers.get("if-range");
  const isSame = condition === null || (condition === etag && condition.startsWith('"'));
  return method === "GET" && isSame ? headers.get("range") : null;
}
