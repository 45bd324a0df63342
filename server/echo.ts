import { createHash } from "node:crypto";
import { type Answer, jsonAnswer } from "./answer.ts";
import type { Counters } from "./counters.ts";
import type { Exchange } from "./exchange.ts";
import { paced } from "./paced.ts";
import type { Switches } from "./switches.ts";

const KEPT_TEXT_BYTES = 64 * 1024;

/** The body of a request, of which only the beginning is kept. */
export interface ReceivedBody {
  readonly bytes: number;
  readonly sha256: string;
  /** `undefined` if it is longer than 64 KiB. */
  readonly text: string | undefined;
}

/** The answer of `/echo`, as JSON. */
export interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bodyBytes: number;
  readonly bodySha256: string;
  /** As UTF-8, for bodies of up to 64 KiB. */
  readonly bodyText?: string;
  readonly idempotencyKey?: string;
  /** How many requests with this key were processed, this one included; 1 without a key. */
  readonly count: number;
}

/** Reads the body of a request to its end, no faster than `throttle` says. */
export async function receiveBody(
  { request, signal }: Exchange,
  { throttle }: Switches,
): Promise<ReceivedBody> {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of throttle === undefined ? request : paced(request, throttle, signal)) {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes <= KEPT_TEXT_BYTES) kept.push(chunk);
  }
  const text = bytes <= KEPT_TEXT_BYTES ? Buffer.concat(kept).toString() : undefined;
  return { bytes, sha256: hash.digest("hex"), text };
}

/** Processes the request, as a shop would a purchase, and describes it. */
export function echoAnswer(
  { method, url, headers }: Exchange,
  received: ReceivedBody,
  counters: Counters,
): Answer {
  const key = headers["idempotency-key"]?.toString();
  const echo: Echo = {
    method,
    url,
    headers,
    bodyBytes: received.bytes,
    bodySha256: received.sha256,
    ...(received.text === undefined ? {} : { bodyText: received.text }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    count: key === undefined ? 1 : counters.next("idempotency", key),
  };
  return jsonAnswer(echo);
}

/** `after=cut`: whether to close the connection instead of answering. */
export function isCutAfterwards(
  { url }: Exchange,
  { after, afterTimes = Number.POSITIVE_INFINITY }: Switches,
  counters: Counters,
): boolean {
  return after === "cut" && counters.next("after", url) <= afterTimes;
}
