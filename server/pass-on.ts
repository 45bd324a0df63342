import { once } from "node:events";
import { request as ask, type IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Exchange } from "./exchange.ts";

/**
 * Answers a request as another server does, also if that answers before it has read the body.
 * @param body passes on the request's body, for example more slowly
 */
export async function passOn(
  { request, response, signal }: Exchange,
  origin: string,
  body: AsyncIterable<Buffer> = request,
): Promise<void> {
  const { method, headers, url = "/" } = request;
  const onward = ask(new URL(url, origin), { method, headers, signal });
  // If the body gets no further, `onward` says so by its answer or its error.
  pipeline(body, onward).catch(() => {});
  const [answer] = (await once(onward, "response")) as [IncomingMessage];
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, response);
}
