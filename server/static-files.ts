import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { acceptsGzip } from "./accepts-gzip.ts";
import { type Answer, bytesAnswer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { fileAnswer } from "./file-answer.ts";

const HASHED_BELOW_BYTES = 2 ** 20;

/** Files that are compressed for a client that accepts it, as a web host does. */
const COMPRESSED = /\.(css|html|m?js|json|svg|webmanifest)$/;

/** The file at the request's path in the first directory that has it, else the 404 of the last. */
export async function staticAnswer(
  exchange: Exchange,
  directories: readonly string[],
): Promise<Answer | undefined> {
  const { range, "accept-encoding": accepted } = exchange.headers;
  // A range is always one of the file's own bytes.
  const mayCompress = range === undefined && acceptsGzip(accepted);
  let compressed: Buffer | undefined;
  let answer: Answer | undefined;
  for (const root of directories) {
    answer?.body.destroy();
    answer = await fileAnswer(exchange, exchange.path, {
      root,
      headers: new Headers({ "cache-control": "no-cache" }),
      onFile: (headers, path, stats) => {
        headers.set("last-modified", stats.mtime.toUTCString());
        if (stats.size >= HASHED_BELOW_BYTES) return;
        const content = readFileSync(path);
        if (COMPRESSED.test(path)) {
          headers.set("vary", "Accept-Encoding");
          if (mayCompress) compressed = gzipped(content);
        }
        headers.set("etag", contentETag(compressed ?? content));
      },
    });
    if (answer.status === 200 && compressed !== undefined) {
      answer.body.destroy();
      answer.headers.set("content-encoding", "gzip");
      return bytesAnswer(200, compressed, answer.headers);
    }
    if (answer.status !== 404) return answer;
  }
  return answer;
}

/** Compressed files by the validator of their content: each is compressed once, and not for every page. */
const GZIPPED = new Map<string, Buffer>();

function gzipped(content: Buffer): Buffer {
  const etag = contentETag(content);
  const bytes = GZIPPED.get(etag) ?? gzipSync(content);
  GZIPPED.set(etag, bytes);
  return bytes;
}

/** A strong validator: the same bytes have the same one wherever and whenever they were built. */
export function contentETag(content: Uint8Array): string {
  return `"${createHash("sha256").update(content).digest("base64url").slice(0, 27)}"`;
}
