import type { ResponseHead } from "../../protocol/task-info.ts";

/** Returns what is kept of an answer without its body. */
export function headOf(response: Response): ResponseHead {
  const { url, status, statusText, redirected } = response;
  return { url, status, statusText, redirected, headers: Object.fromEntries(response.headers) };
}

/** The answer to a range that is the whole is shown as the whole (D3). */
export function asWhole({ headers, ...head }: ResponseHead): ResponseHead {
  const { "content-range": range, ...rest } = headers;
  const total = range?.split("/")[1] ?? "*";
  const length = /^\d+$/.test(total) ? { "content-length": total } : {};
  return { ...head, status: 200, statusText: head.statusText && "OK", headers: { ...rest, ...length } };
}
