import type { Run } from "../transports/transport.ts";

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

/** Asks a server what it offers. One that does not say offers nothing. */
export async function offersOf(run: Run): Promise<Offers> {
  const { url } = run.row.request;
  const [endpoint = ""] = url.split("?");
  const known = KNOWN.get(endpoint);
  if (known !== undefined) return known;
  try {
    const response = await run.send(run.request({ url, method: "OPTIONS", headers: {} }, run.signal));
    if ("kind" in response || !response.ok) return NO_OFFERS;
    const offers = read(response.headers);
    KNOWN.set(endpoint, offers);
    return offers;
  } catch {
    return NO_OFFERS;
  }
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
