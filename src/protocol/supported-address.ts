/**
 * The ports that every browser blocks, https://fetch.spec.whatwg.org/#port-blocking, each as its distance from the one
 * before, in base 36: 0, 1, 7, 9 … 6697, 10080. The list is in every page and every worker.
 */
const DISTANCES =
  "0 1 6 2 2 2 2 2 2 1 1 1 1 2 c 5 1 a g 8 2 8 8 6 1 1 1 5 1 1 2 2 2 2 4 c 2 2 4 i i 5u 12 12 1b 1 1 1 b 4 1 1 8 8 6 2 7 o e z " +
  "9t 1 3 2 k4 1 3 92 18q aq 41 o6 1 q3 fq 2r 1 1 1 1 a i 2lz";

/** Unpacked when a port is first asked about: most URLs name none. */
let blocked: ReadonlySet<string> | undefined;

function blockedPorts(): ReadonlySet<string> {
  const ports = new Set<string>();
  let port = 0;
  for (const distance of DISTANCES.split(" ")) {
    port += Number.parseInt(distance, 36);
    ports.add(String(port));
  }
  return ports;
}

function isBlocked(port: string): boolean {
  if (port === "") return false;
  blocked ??= blockedPorts();
  return blocked.has(port);
}

/** Returns why no browser would send a request to `url`; undefined if browsers would. */
export function unsupportedReason(url: string): string | undefined {
  const { protocol, port, origin } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:")
    return `Only http: and https: can be transferred, not ${protocol} (${url}).`;
  return isBlocked(port) ? `Browsers do not send requests to port ${port} (${origin}).` : undefined;
}
