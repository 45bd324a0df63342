import { once } from "node:events";
import type { Answer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { paced } from "./paced.ts";

/** How the body of an answer is sent. */
export interface DeliveryPlan {
  /** Fewer than the body has: it ends there. More: it is padded. */
  readonly bodyBytes: number;
  readonly ending: "end" | "close-connection" | "hang";
  /** Without `Content-Length` the body is chunked, and a browser sees any `end` as a clean one. */
  readonly announceLength: boolean;
  readonly bytesPerSecond: number | undefined;
}

/** The plan without any fault. */
export function honestPlan(answer: Answer): DeliveryPlan {
  const bodyBytes = Number(answer.headers.get("content-length") ?? 0);
  return { bodyBytes, ending: "end", announceLength: true, bytesPerSecond: undefined };
}

/** Sends an answer at the pace of the client; rejects with an `AbortError` when the client leaves. */
export async function deliver(
  { method, response, signal }: Exchange,
  answer: Answer,
  plan: DeliveryPlan = honestPlan(answer),
): Promise<void> {
  response.statusCode = answer.status;
  response.setHeaders(answer.headers);
  if (!plan.announceLength) response.removeHeader("content-length");
  if (method === "HEAD" || answer.status === 204 || answer.status === 304) {
    answer.body.destroy();
    response.end();
    return;
  }
  // The head must be out before a connection is cut at byte 0.
  if (plan.ending !== "end") response.flushHeaders();
  const body = exactly(answer.body, plan.bodyBytes);
  const pieces = plan.bytesPerSecond === undefined ? body : paced(body, plan.bytesPerSecond, signal);
  for await (const piece of pieces) {
    signal.throwIfAborted();
    if (!response.write(piece)) await once(response, "drain", { signal });
  }
  if (plan.ending === "end") response.end();
  if (plan.ending === "close-connection") response.socket?.destroySoon();
}

/** Truncates `source`, or pads it, so that it has exactly this many bytes. */
async function* exactly(
  source: AsyncIterable<Buffer>,
  bytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let left = bytes;
  for await (const chunk of source) {
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    if (piece.length > 0) yield piece;
    if (left === 0) return;
  }
  if (left > 0) yield Buffer.alloc(left, "+");
}
