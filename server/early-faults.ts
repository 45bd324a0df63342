import { STATUS_CODES } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, emptyAnswer, textAnswer } from "./answer.ts";
import type { Counters } from "./counters.ts";
import type { Exchange } from "./exchange.ts";
import type { Switches } from "./switches.ts";

/** `reset`: whether to destroy the connection of this request before anything else. */
export function isReset({ url }: Exchange, { reset = 0 }: Switches, counters: Counters): boolean {
  return reset > 0 && counters.next("reset", url) <= reset;
}

/** `latency`, then the answers of `redirect` and `status` in place of the endpoint's. */
export async function earlyAnswer(
  exchange: Exchange,
  switches: Switches,
  counters: Counters,
  crossOrigin: string,
): Promise<Answer | undefined> {
  if (switches.latency) await delay(switches.latency, undefined, { signal: exchange.signal });
  const { redirect, redirectTo, redirectStatus = 302, redirectOn = exchange.method } = switches;
  if (redirect && redirectOn.split(",").includes(exchange.method)) {
    const location = nextHop(exchange, redirect, redirectTo === "cross" ? crossOrigin : "");
    return emptyAnswer(redirectStatus, { location, "content-length": "0", "cache-control": "no-store" });
  }
  const { status, times = Number.POSITIVE_INFINITY, retryAfter } = switches;
  if (status === undefined || counters.next("status", exchange.url) > times) return undefined;
  return statusAnswer(status, retryAfter);
}

export function statusAnswer(status: number, retryAfterSeconds?: number): Answer {
  const headers = new Headers({ "cache-control": "no-store" });
  if (retryAfterSeconds !== undefined) headers.set("retry-after", String(retryAfterSeconds));
  if (status === 204 || status === 304) return emptyAnswer(status, headers);
  return textAnswer(status, `${status} ${STATUS_CODES[status] ?? "Unknown"}`, headers);
}

/** The same URL with one hop less; only the last hop changes the origin. */
function nextHop({ path, query }: Exchange, hops: number, lastOrigin: string): string {
  const rest = new URLSearchParams(query);
  if (hops > 1) {
    rest.set("redirect", String(hops - 1));
    return `${path}?${rest}`;
  }
  rest.delete("redirect");
  rest.delete("redirectTo");
  return `${lastOrigin}${path}${rest.size > 0 ? `?${rest}` : ""}`;
}
