import { type IncomingMessage, STATUS_CODES } from "node:http";
import { paced } from "../../../server/paced.ts";
import type { TestServer } from "../../../server/server.ts";
import { S3Bucket } from "./s3-bucket.ts";
import { signForBucket } from "./sign-for-bucket.ts";

export interface RoutedBucket {
  readonly bucket: S3Bucket;
  /** @default unlimited */
  bytesPerSecond: number;
  /** How long signatures are valid. @default a day */
  validForMs: (operation: string, number: number) => number | undefined;
  /** Whether the connection breaks before the answer. */
  losesAnswer: (name: string, number: number) => boolean;
  /** The metadata of the tasks whose requests were signed, by their URL. */
  readonly metadata: Map<string, unknown>;
  /** The most requests with a body that were under way at one time. */
  mostAtOnce: number;
}

/** Serves a bucket at `/bucket/*`, on both origins, and signs for it at `/sign`. */
export function routeBucket(site: TestServer): RoutedBucket {
  const bucket = new S3Bucket();
  const routed: RoutedBucket = {
    bucket,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    validForMs: () => undefined,
    losesAnswer: () => false,
    metadata: new Map(),
    mostAtOnce: 0,
  };
  let underWay = 0;
  const signed: string[] = [];
  site.route("/sign", async (request, response) => {
    const { operation, url, metadata } = JSON.parse((await bodyOf(request)).toString());
    routed.metadata.set(url, metadata);
    const { kind, partNumber = "" } = operation;
    const name = `${kind} ${partNumber}`.trim();
    signed.push(name);
    const validForMs = routed.validForMs(name, signed.filter((it) => it === name).length);
    response.end(JSON.stringify(signForBucket(bucket, operation, url, validForMs)));
  });
  site.route("/bucket/*", async (request, response) => {
    // The bucket itself says what other origins may read.
    response.removeHeader("access-control-allow-origin");
    const { method = "", headers } = request;
    const { bytesPerSecond } = routed;
    underWay += 1;
    routed.mostAtOnce = Math.max(routed.mostAtOnce, underWay);
    const bytes = await bodyOf(request, bytesPerSecond).catch(() => undefined);
    underWay -= 1;
    if (bytes === undefined || bytes.length !== Number(headers["content-length"] ?? 0)) return;
    const answer = await bucket.handle(
      new Request(`http://bucket.test${request.url}`, {
        method,
        headers: headers as Record<string, string>,
        ...(bytes.length > 0 && { body: new Uint8Array(bytes) }),
      }),
    );
    const name = bucket.talk.at(-1) ?? "";
    if (method !== "OPTIONS" && routed.losesAnswer(name, bucket.talk.filter((it) => it === name).length)) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, STATUS_CODES[answer.status], Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  return routed;
}

async function bodyOf(request: IncomingMessage, bytesPerSecond = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const over = new AbortController();
  request.socket.once("close", () => over.abort());
  const source = Number.isFinite(bytesPerSecond) ? paced(request, bytesPerSecond, over.signal) : request;
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
