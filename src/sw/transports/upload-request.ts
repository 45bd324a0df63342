import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { RequestDetails } from "../ports/transport.ts";

/** Makes one of the requests of an upload: as the app wants each of them, and with what is particular about this one. */
export function uploadRequest(
  { request }: TaskRow,
  configuration: StoredConfiguration,
  { url, method, headers, body }: RequestDetails,
  signal: AbortSignal,
): Request {
  const { mode, credentials, referrer, referrerPolicy } = request;
  // They are about the whole; a protocol says where that goes.
  const { "content-type": _, "idempotency-key": __, ...own } = request.headers;
  const result = new Request(url, {
    method,
    mode,
    credentials,
    referrer,
    referrerPolicy,
    cache: "no-store",
    // A browser would take headers and body to wherever an answer says.
    redirect: "manual",
    signal,
    headers: { ...configuration.httpAdditionalHeaders, ...own, ...headers },
    ...(body !== undefined && { body }),
    ...(configuration.isDiscretionary && { priority: "low" as const }),
  });
  // A Blob has a type of its own, which is not that of a piece of it.
  if (body !== undefined && headers["content-type"] === undefined) result.headers.delete("content-type");
  return result;
}
