import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { startServer, type TestServer } from "../server/server.ts";
import { SITE_DIR } from "./site.ts";

/** How long `/post` takes to answer. */
export const ANSWER_MS = 50;
export const MIB = 1024 * 1024;

const PIECE = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)));
const PIECES = Buffer.concat(Array.from({ length: MIB / PIECE.length }, () => PIECE));

/** The server of the tests, with URLs that cost it as little as possible. */
export interface BenchServer extends TestServer {
  /** Serves a file of this size from memory. @returns its path */
  serveBytes(sizeBytes: number): string;
  /** Forgets all requests and deletes all uploads. */
  forget(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const uploadDir = await mkdtemp(join(tmpdir(), "bench-uploads-"));
  const site = await startServer({ staticDirs: [SITE_DIR], uploadDir });
  const sizes = new Set<number>();
  const route = (): void => {
    site.route("/post", answerLater);
    for (const size of sizes) {
      site.route(`/bytes/${size}`, (request, response) => sendBytes(request, response, size));
    }
  };
  route();
  return {
    ...site,
    serveBytes(sizeBytes) {
      sizes.add(sizeBytes);
      route();
      return `/bytes/${sizeBytes}`;
    },
    async forget() {
      site.reset();
      route();
      await rm(uploadDir, { recursive: true, force: true });
    },
    async close() {
      await site.close();
      await rm(uploadDir, { recursive: true, force: true });
    },
  };
}

async function answerLater(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _ of request);
  await pause(ANSWER_MS);
  response.end("ok");
}

async function sendBytes(
  { headers }: IncomingMessage,
  response: ServerResponse,
  sizeBytes: number,
): Promise<void> {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  const isRange = headers.range !== undefined;
  response.writeHead(isRange ? 206 : 200, {
    "content-length": sizeBytes - start,
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    "cache-control": "no-store",
    etag: `"bytes-${sizeBytes}"`,
    ...(isRange && { "content-range": `bytes ${start}-${sizeBytes - 1}/${sizeBytes}` }),
  });
  // A client that leaves in the middle ends it.
  await pipeline(pieces(sizeBytes - start), response).catch(() => {});
}

function* pieces(sizeBytes: number): Generator<Buffer> {
  for (let left = sizeBytes; left > 0; left -= PIECES.length) yield PIECES.subarray(0, left);
}
