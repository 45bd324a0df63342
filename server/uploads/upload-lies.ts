import type { Counters } from "../counters.ts";
import type { Exchange } from "../exchange.ts";
import type { Switches } from "../switches.ts";

const HTML = "<!doctype html><title>Sign in to the hotel's network</title>";
/** How far a false offset exceeds the true one. */
const BEYOND_BYTES = 1_000_000;

/** `lie`, for the first `lieTimes` requests to that URL: an answer in place of the server's own. */
export function lieInstead({ method }: Exchange, lie: Switches["lie"]): Response | undefined {
  if (lie === "html") {
    return new Response(HTML, { status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
  }
  return lie === "conflict" && method === "PATCH" ? new Response(null, { status: 409 }) : undefined;
}

/** Turns the server's honest answer into a hostile server's. */
export function lieAbout(honest: Response, lie: Switches["lie"], crossOrigin: string): Response {
  const headers = new Headers(honest.headers);
  const offset = headers.get("upload-offset");
  if (lie === "offset-back" && offset !== null)
    headers.set("upload-offset", String(Math.floor(Number(offset) / 2)));
  if (lie === "offset-beyond" && offset !== null)
    headers.set("upload-offset", String(Number(offset) + BEYOND_BYTES));
  if (lie === "no-location") headers.delete("location");
  const location = headers.get("location");
  if (lie === "foreign-location" && location !== null)
    headers.set("location", new URL(location, crossOrigin).href);
  return new Response(honest.body, { status: honest.status, headers });
}

export function currentLie(
  { url, method }: Exchange,
  { lie, lieTimes = Number.POSITIVE_INFINITY }: Switches,
  counters: Counters,
): Switches["lie"] {
  if (lie === undefined || method === "OPTIONS") return undefined;
  return counters.next("lie", url) <= lieTimes ? lie : undefined;
}
