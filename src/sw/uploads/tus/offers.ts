import type { Outcome } from "../../decisions/outcome.ts";
import type { Run } from "../../ports/transport.ts";

/** What a tus server can do beyond the core protocol. */
export interface Offers {
  readonly creationWithUpload: boolean;
  readonly concatenation: boolean;
  /** Names of digests, in the words of the server. */
  readonly checksums: readonly string[];
}

export const NO_OFFERS: Offers = { creationWithUpload: false, concatenation: false, checksums: [] };

/** By address without its query, for the life of the worker; what is lost with it is asked again. */
const KNOWN = new Map<string, Offers>();

/** Asks a server what it offers. One that does not say offers nothing. An outcome ends the run. */
export async function offersOf(run: Run): Promise<Offers | Outcome> {
  const { url } = run.row.request;
  const [endpoint = ""] = url.split("?");
  const known = KNOWN.get(endpoint);
  if (known !== undefined) return known;
  const exchange = await run.exchange({ url, method: "OPTIONS", headers: {} }, run.row.farthest);
  // Some servers and firewalls know no OPTIONS: whether there is anybody the next request tells.
  if ("kind" in exchange) return exchange.kind === "unanswered" ? NO_OFFERS : exchange;
  exchange.watchdog.stop();
  if (!exchange.response.ok) return NO_OFFERS;
  const offers = read(exchange.response.headers);
  KNOWN.set(endpoint, offers);
  return offers;
}

function read(headers: Headers): Offers {
  const list = (name: string) => (headers.get(name) ?? "").split(",").map((word) => word.trim());
  const extensions = list("tus-extension");
  return {
    creationWithUpload: extensions.includes("creation-with-upload"),
    concatenation: extensions.includes("concatenation"),
    checksums: extensions.includes("checksum") ? list("tus-checksum-algorithm") : [],
  };
}
