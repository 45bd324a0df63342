import type { Outcome } from "../../decisions/outcome.ts";
import type { Run } from "../../ports/transport.ts";

/** What a tus server supports beyond the core protocol. */
export interface Offers {
  readonly creationWithUpload: boolean;
  readonly concatenation: boolean;
  /** Names of digests, as the server spells them. */
  readonly checksums: readonly string[];
}

export const NO_OFFERS: Offers = offersIn(new Headers());

/** By URL without its query. Lost with the worker, and then asked again. */
export const KNOWN: Map<string, Offers> = new Map();

/** Asks a server what it offers; nothing if it does not say. An outcome ends the run. */
export async function offersOf(run: Run): Promise<Offers | Outcome> {
  const { url } = run.row.request;
  const [endpoint = ""] = url.split("?");
  const known = KNOWN.get(endpoint);
  if (known !== undefined) return known;
  const exchange = await run.exchange({ url, method: "OPTIONS", headers: {} }, run.row.farthest);
  // Some servers and firewalls do not answer OPTIONS: the next request shows whether the server is there.
  if ("kind" in exchange) return exchange.kind === "unanswered" ? NO_OFFERS : exchange;
  exchange.watchdog.stop();
  if (!exchange.response.ok) return NO_OFFERS;
  const offers = offersIn(exchange.response.headers);
  KNOWN.set(endpoint, offers);
  return offers;
}

function offersIn(headers: Headers): Offers {
  const list = (name: string) => (headers.get(name) ?? "").split(",").map((word) => word.trim());
  const extensions = list("tus-extension");
  return {
    creationWithUpload: extensions.includes("creation-with-upload"),
    concatenation: extensions.includes("concatenation"),
    checksums: extensions.includes("checksum") ? list("tus-checksum-algorithm") : [],
  };
}
