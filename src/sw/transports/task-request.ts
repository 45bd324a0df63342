import { StorableRequest } from "workbox-background-sync/StorableRequest.js";
import type { BodyContent, TaskRow } from "../../store/schema.ts";
import type { Asked } from "../answer-judgement.ts";
import type { Run } from "./transport.ts";

/** Builds the request of an attempt from the record on disk and what is to be asked of the server now. */
export function requestOf(
  run: Run,
  asked: Asked,
  body: BodyContent | undefined,
  signal: AbortSignal,
): Request {
  const { row, configuration, host } = run;
  // StorableRequest hands its data to `new Request`, which takes more than the ArrayBuffer of its type.
  const content = (body && bodyInit(body)) as unknown as ArrayBuffer | undefined;
  const storable = new StorableRequest({ ...row.request, ...(content !== undefined && { body: content }) });
  const request = new Request(storable.toRequest(), {
    signal,
    // The bytes go to our own disk; a second copy in the HTTP cache would cost as much again, and a part of an
    // older version in it could be mixed with a newer one.
    ...(row.kind === "download" && row.request.cache === "default" && { cache: "no-store" as const }),
    ...(configuration.isDiscretionary && { priority: "low" as const }),
  });
  for (const [name, value] of Object.entries(configuration.httpAdditionalHeaders)) {
    if (!request.headers.has(name)) request.headers.set(name, value);
  }
  if (row.idempotencyKey !== undefined) request.headers.set("Idempotency-Key", row.idempotencyKey);
  if (asked.isRanged) setRange(request.headers, row, asked, host.origin);
  return request;
}

/** Returns a body as `fetch` takes it. */
export function bodyInit(content: BodyContent): Blob | FormData {
  if (content instanceof Blob) return content;
  const form = new FormData();
  for (const [name, value] of content) form.append(name, value);
  return form;
}

function setRange(headers: Headers, row: TaskRow, { offset, file }: Asked, origin: string): void {
  headers.set("Range", `bytes=${offset}-`);
  // Across origins If-Range would force a preflight, which most servers refuse.
  const isSameOrigin = file?.isSameOrigin === true && new URL(row.request.url).origin === origin;
  if (offset > 0 && isSameOrigin && file.validator !== undefined)
    headers.set("If-Range", file.validator.value);
}
