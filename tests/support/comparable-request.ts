import type { Seen } from "./app/request-table.ts";

/** Removes from a request what may differ, and replaces the boundary of a form, which is random. */
export function comparable(
  { method, url, headers = {}, bodyBytes, body = "", error }: Seen,
  differences: readonly string[],
): Record<string, unknown> {
  // A form with the app's own type has a boundary as well.
  const boundary =
    /boundary=(.*)$/.exec(headers["content-type"] ?? "")?.[1] ?? /^--(-{4}.*)\r\n/.exec(body)?.[1];
  const plain = (text: string) => (boundary === undefined ? text : text.replaceAll(boundary, "BOUNDARY"));
  const kept = Object.entries(headers)
    .filter(([name]) => !differences.includes(name) && !(boundary !== undefined && name === "content-length"))
    .map(([name, value]) => [name, plain(value).replace("; boundary", ";boundary")]);
  return {
    ...Object.fromEntries(kept),
    error,
    method,
    url: url?.replace(/-(fetched|sent)/, ""),
    body: plain(body),
    bodyBytes: boundary === undefined && bodyBytes,
  };
}
