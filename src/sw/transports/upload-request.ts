import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { RequestDetails } from "../ports/transport.ts";

/** Makes one request of an upload: with what the app and the session want for each, and the details of this one. */
export function uploadRequest(
  { request }: TaskRow,
  configuration: StoredConfiguration,
  { url, method, headers, body, isSigned }: RequestDetails,
  signal: AbortSignal,
): Request {
  const { mode, credentials, referrer, referrerPolicy } = request;
  // They describe the whole body; the protocol decides which request carries them.
  const { "content-type": _, "idempotency-key": __, ...own } = request.headers;
  const given = new Headers(headers);
  // Names may differ in case.
  const all = new Headers(isSigned ? {} : { ...configuration.httpAdditionalHeaders, ...own });
  for (const [name, value] of given) all.set(name, value);
  const result = new Request(url, {
    method,
    mode,
    credentials,
    referrer,
    referrerPolicy,
    cache: "no-store",
    // A browser would send headers and body to whatever address an answer names.
    redirect: "manual",
    signal,
    headers: all,
    ...(body !== undefined && { body }),
    ...(configuration.isDiscretionary && { priority: "low" as const }),
  });
  // A Blob has a type of its own, which does not describe a slice of it.
  if (body !== undefined && !given.has("content-type")) result.headers.delete("content-type");
  return result;
}
