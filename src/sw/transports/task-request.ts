import { StorableRequest } from "workbox-background-sync/StorableRequest.js";
import type { RequestRecord } from "../../protocol/request-record.ts";
import type { Asked } from "../decisions/answer-judgement.ts";
import type { Run, SentBody } from "../ports/transport.ts";

/** Whether a task wants a whole file: the app sends no `Range` of its own. */
export function wantsFile({ row, configuration }: Pick<Run, "row" | "configuration">): boolean {
  const names = [...Object.keys(row.request.headers), ...Object.keys(configuration.httpAdditionalHeaders)];
  const hasOwnRange = names.some((name) => name.toLowerCase() === "range");
  return row.kind === "download" && row.request.method !== "HEAD" && !hasOwnRange;
}

/** Builds the request of an attempt from the stored record and from what we ask for now. */
export function requestOf(run: Run, asked: Asked, body: SentBody | undefined, signal: AbortSignal): Request {
  const { row, configuration } = run;
  const init: RequestInit & { readonly url: string } = {
    ...row.request,
    ...(body !== undefined && { body }),
    signal,
    // The platform would keep the body in memory as a whole, and could not check a range.
    integrity: "",
    // The bytes go to our own store. A copy in the HTTP cache would double the disk space, and could mix an older version
    // with a newer one.
    ...(row.kind === "download" && row.request.cache === "default" && { cache: "no-store" as const }),
    ...(configuration.isDiscretionary && { priority: "low" as const }),
  };
  // It passes all of them to `new Request`. A request made from another one would lose its referrer.
  const request = new StorableRequest(init as RequestRecord).toRequest();
  for (const [name, value] of Object.entries(configuration.httpAdditionalHeaders)) {
    if (!request.headers.has(name)) request.headers.set(name, value);
  }
  if (row.idempotencyKey !== undefined) request.headers.set("Idempotency-Key", row.idempotencyKey);
  if (asked.isRanged) setRange(request.headers, run, asked);
  return request;
}

function setRange(headers: Headers, { row, host, limit }: Run, { offset, file }: Asked): void {
  const end = limit();
  headers.set("Range", `bytes=${offset}-${end === undefined ? "" : end - 1}`);
  // Across origins `If-Range` would force a preflight, which most servers refuse.
  const isSameOrigin = file?.isSameOrigin === true && new URL(row.request.url).origin === host.origin;
  if (offset > 0 && isSameOrigin && file.validator !== undefined)
    headers.set("If-Range", file.validator.value);
}
