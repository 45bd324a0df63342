import { pause } from "../../async/pause.ts";
import { isWebKit } from "../../protocol/is-webkit.ts";
import { ForbiddenByPolicy } from "../decisions/attempt-errors.ts";

/** The parts of a worker's global scope that are used here. */
export interface PolicedScope extends EventTarget {
  readonly location: { readonly href: string; readonly protocol: string; readonly origin: string };
  fetch(input: Request | string, init?: RequestInit): Promise<Response>;
}

/** In a worker, Chromium fires `securitypolicyviolation` up to a few milliseconds after `fetch` has rejected. */
const EVENT_MS = 50;

/**
 * Returns `fetch` in a worker, which rejects with `ForbiddenByPolicy` if the browser's policies forbade the request. Chromium and
 * Firefox fire an event in every kind of worker, also if a redirect led to a forbidden address: then the event names the
 * address of the request. WebKit has no such event in workers, so `EventSource` is tried there.
 */
export function fetchUnderPolicy(scope: PolicedScope): (request: Request) => Promise<Response> {
  /** When each address was last forbidden. A listener for each request would cost half as much as the request. */
  const forbiddenAt = new Map<string, number>();
  scope.addEventListener("securitypolicyviolation", (event) => {
    const { disposition, blockedURI } = event as SecurityPolicyViolationEvent;
    if (disposition === "enforce") forbiddenAt.set(blockedURI, performance.now());
  });
  return async (request) => {
    const [url = ""] = request.url.split("#");
    const begunAt = performance.now();
    try {
      return await scope.fetch(request);
    } catch (error) {
      if (request.signal.aborted) throw error;
      await pause(EVENT_MS);
      if (Number(forbiddenAt.get(url)) >= begunAt || isRefusedByWebKit(url))
        throw new ForbiddenByPolicy(policyMessage(scope, url));
      if (await isMixedContent(scope, url)) throw new ForbiddenByPolicy(mixedMessage(url));
      throw error;
    }
  };
}

/**
 * WebKit's `EventSource` throws at once if `connect-src` does not allow its address, and connects no sooner than in the
 * next turn. Other engines would connect, so it is not tried there.
 */
function isRefusedByWebKit(url: string): boolean {
  if (typeof EventSource === "undefined" || !isWebKit()) return false;
  try {
    new EventSource(url).close();
    return false;
  } catch (error) {
    return (error as Error).name === "SecurityError";
  }
}

/**
 * Whether the browser forbids an `http:` address because this site is `https:`. The policy of the worker's script may
 * have the browser ask for `https:` instead. If the script cannot be fetched, the network is gone and nothing is known.
 */
async function isMixedContent(scope: PolicedScope, url: string): Promise<boolean> {
  const { protocol, hostname } = new URL(url);
  if (scope.location.protocol !== "https:" || protocol !== "http:" || LOOPBACK.test(hostname)) return false;
  const script = await scope.fetch(scope.location.href, { method: "HEAD" }).catch(() => undefined);
  const policy = script?.headers.get("content-security-policy") ?? "";
  return script !== undefined && !policy.includes("upgrade-insecure-requests");
}

/** https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy */
const LOOPBACK = /^(127\..*|\[::1\]|(.*\.)?localhost)$/;

function policyMessage({ location }: PolicedScope, url: string): string {
  const { origin } = new URL(url);
  const what = origin === location.origin ? `the address that ${url.split("?")[0]} redirects to` : origin;
  return (
    `The Content-Security-Policy of the worker forbids ${what}: list it in connect-src. A worker has the policy that its ` +
    "own script was served with, not that of the page."
  );
}

function mixedMessage(url: string): string {
  const { origin } = new URL(url);
  return `${origin} is not https:, so browsers do not let a site that is https: ask it (mixed content).`;
}
