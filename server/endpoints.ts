import { type Answer, bytesAnswer, jsonAnswer, textAnswer } from "./answer.ts";
import { faultyPlan } from "./body-faults.ts";
import { catalogue } from "./catalogue.ts";
import type { Counters } from "./counters.ts";
import { deliver } from "./delivery.ts";
import { earlyAnswer, isReset, statusAnswer } from "./early-faults.ts";
import { echoAnswer, isCutAfterwards, type ReceivedBody, receiveBody } from "./echo.ts";
import type { Exchange } from "./exchange.ts";
import { sampleAnswer } from "./sample-answer.ts";
import type { SampleFiles } from "./sample-files.ts";
import { BadSwitch, type Switches, switchesOf } from "./switches.ts";

const FILE_METHODS = ["GET", "HEAD"];

export interface EndpointContext {
  readonly counters: Counters;
  readonly samples: SampleFiles;
  readonly crossOrigin: string;
}

/** `/files/…`, `/echo`, `/text`, `/status/…`: the paths that obey switches. */
export function hasSwitches(path: string): boolean {
  return path === "/echo" || path === "/text" || path.startsWith("/files/") || path.startsWith("/status/");
}

/**
 * Answers one of the paths that obey switches:
 *
 *     reset ─▶ request body ─▶ latency, redirect, status ─▶ the answer ─▶ throttle, length, stall, cut ─▶ socket
 */
export async function answerWithSwitches(exchange: Exchange, context: EndpointContext): Promise<void> {
  const { counters } = context;
  const switches = switchesOf(exchange.query);
  if (switches instanceof BadSwitch) return deliver(exchange, textAnswer(400, switches.message));
  if (isReset(exchange, switches, counters)) {
    exchange.response.destroy();
    return;
  }
  const received = await receiveBody(exchange, switches);
  const early = await earlyAnswer(exchange, switches, counters, context.crossOrigin);
  if (early) return deliver(exchange, early);
  const answer = await endpointAnswer(exchange, switches, received, context);
  if (isCutAfterwards(exchange, switches, counters)) {
    exchange.response.destroy();
    return;
  }
  await deliver(exchange, answer, faultyPlan(answer, exchange, switches, counters));
}

/** `/catalogue.json`; `undefined` for every other path. */
export function catalogueAnswer({ path }: Exchange, crossOrigin: string): Answer | undefined {
  return path === "/catalogue.json" ? jsonAnswer(catalogue(crossOrigin)) : undefined;
}

/** Read-only endpoints answer only `GET` and `HEAD`; `undefined` if the method is allowed. */
export function methodNotAllowed({ method }: Exchange): Answer | undefined {
  if (FILE_METHODS.includes(method)) return undefined;
  return textAnswer(405, `${method} is not for this path.`, { allow: FILE_METHODS.join(", ") });
}

async function endpointAnswer(
  exchange: Exchange,
  switches: Switches,
  received: ReceivedBody,
  { counters, samples }: EndpointContext,
): Promise<Answer> {
  const { path } = exchange;
  if (path === "/echo") return echoAnswer(exchange, received, counters);
  if (path === "/text") {
    const type = switches.type ?? "text/plain; charset=utf-8";
    return bytesAnswer(200, Buffer.from(switches.body ?? ""), {
      "content-type": type,
      "cache-control": "no-store",
    });
  }
  if (path.startsWith("/files/")) {
    return methodNotAllowed(exchange) ?? (await sampleAnswer(exchange, switches, counters, samples));
  }
  const status = /^\/status\/([2-5]\d\d)$/.exec(path)?.[1];
  return status === undefined
    ? textAnswer(400, "Ask for /status/200 to /status/599.")
    : statusAnswer(Number(status));
}
