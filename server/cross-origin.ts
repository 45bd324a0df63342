import { type Answer, emptyAnswer, textAnswer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";

const EXPOSED =
  "ETag, Content-Range, Accept-Ranges, Retry-After, Content-Encoding, Content-Length, Content-Disposition";
const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";

/** Sets the headers that let a page of the other origin read the response; the same origin needs none. */
export function allowCrossOrigin({ listener, query, response }: Exchange): void {
  const cors = query.get("cors");
  if (listener === "same" || cors === "none") return;
  response.setHeader("access-control-allow-origin", "*");
  if (cors === "expose") response.setHeader("access-control-expose-headers", EXPOSED);
}

/** The answer to `OPTIONS`: a preflight is refused unless `preflight=ok`. */
export function optionsAnswer({ headers, query }: Exchange): Answer {
  if (headers["access-control-request-method"] === undefined) return emptyAnswer(204, { allow: METHODS });
  if (query.get("preflight") !== "ok")
    return textAnswer(403, "This server allows no preflight; see preflight=ok.");
  return emptyAnswer(204, {
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "",
    "access-control-max-age": "0",
  });
}
