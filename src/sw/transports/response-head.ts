import type { ResponseHead } from "../../protocol/task-info.ts";
import { suggestedName } from "./suggested-name.ts";

/** Returns an answer without its body, as it is stored. */
export function headOf(response: Response): ResponseHead {
  const { url, status, statusText, redirected } = response;
  const suggestedFilename = suggestedName(response.headers);
  const head = { url, status, statusText, redirected, headers: Object.fromEntries(response.headers) };
  return suggestedFilename === undefined ? head : { ...head, suggestedFilename };
}

/** Returns the answer to a range as the answer to the whole (D3). @param total used if `Content-Range` is hidden */
export function asWhole({ headers, ...head }: ResponseHead, total?: number): ResponseHead {
  const { "content-range": range, ...rest } = headers;
  const told = range?.split("/")[1] ?? String(total);
  const length = /^\d+$/.test(told) ? { "content-length": told } : {};
  return { ...head, status: 200, statusText: head.statusText && "OK", headers: { ...rest, ...length } };
}
