import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Answer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { fileAnswer } from "./file-answer.ts";

const HASHED_BELOW_BYTES = 2 ** 20;

/** The file at the request's path in the first directory that has it, else the 404 of the last. */
export async function staticAnswer(
  exchange: Exchange,
  directories: readonly string[],
): Promise<Answer | undefined> {
  let answer: Answer | undefined;
  for (const root of directories) {
    answer?.body.destroy();
    answer = await fileAnswer(exchange, exchange.path, {
      root,
      headers: new Headers({ "cache-control": "no-cache" }),
      onFile: (headers, path, stats) => {
        headers.set("last-modified", stats.mtime.toUTCString());
        if (stats.size < HASHED_BELOW_BYTES) headers.set("etag", contentETag(readFileSync(path)));
      },
    });
    if (answer.status !== 404) return answer;
  }
  return answer;
}

/** A strong validator: the same bytes have the same one wherever and whenever they were built. */
export function contentETag(content: Uint8Array): string {
  return `"${createHash("sha256").update(content).digest("base64url").slice(0, 27)}"`;
}
