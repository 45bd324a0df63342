import type { Answer } from "./answer.ts";
import type { Counters } from "./counters.ts";
import { type DeliveryPlan, honestPlan } from "./delivery.ts";
import type { Exchange } from "./exchange.ts";
import type { Switches } from "./switches.ts";

const WRONG_BY_BYTES = 1024;

/** Turns `throttle`, `length`, `gzipLength`, `stall` and `cut` into a delivery plan. */
export function faultyPlan(
  answer: Answer,
  exchange: Exchange,
  switches: Switches,
  counters: Counters,
): DeliveryPlan {
  const honest = honestPlan(answer);
  if (exchange.method === "HEAD" || honest.bodyBytes === 0) return honest;
  const isFirst = (name: string, times = Number.POSITIVE_INFINITY): boolean =>
    counters.next(name, exchange.url) <= times;

  let { bodyBytes, ending } = honest;
  const { length = "honest" } = switches;
  const isWrong = (length === "short" || length === "long") && isFirst("length", switches.lengthTimes);
  if (isWrong)
    bodyBytes += length === "long" ? WRONG_BY_BYTES : -Math.min(WRONG_BY_BYTES, Math.ceil(bodyBytes / 2));
  if (switches.stall !== undefined && switches.stall < bodyBytes && isFirst("stall", switches.stallTimes)) {
    bodyBytes = switches.stall;
    ending = "hang";
  }
  if (switches.cut !== undefined && switches.cut < bodyBytes && isFirst("cut", switches.cutTimes)) {
    bodyBytes = switches.cut;
    ending = "close-connection";
  }
  const hidesCodedLength = answer.headers.has("content-encoding") && switches.gzipLength !== "1";
  const announceLength = !isWrong && length !== "none" && !hidesCodedLength;
  return { bodyBytes, ending, announceLength, bytesPerSecond: switches.throttle };
}
