import { type Answer, bytesAnswer, emptyAnswer } from "./answer.ts";
import { contentType } from "./content-type.ts";
import type { Exchange } from "./exchange.ts";
import { contentETag } from "./static-files.ts";

/** A page or a script that a test keeps in memory. */
export interface ServedContent {
  readonly body: string | Uint8Array;
  /** @default by the extension of the path */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function servedAnswer({ path, headers: asked }: Exchange, content: ServedContent): Answer {
  const body = Buffer.from(content.body);
  const etag = contentETag(body);
  const headers = new Headers({ "cache-control": "no-cache", etag, ...content.headers });
  if (asked["if-none-match"] === etag) return emptyAnswer(304, headers);
  headers.set("content-type", content.type ?? contentType(path));
  return bytesAnswer(200, body, headers);
}
