/** What `Request` and the rows of workbox and Serwist have in common. */
export interface RequestProperties {
  readonly mode: RequestMode;
  readonly credentials: RequestCredentials;
  readonly cache: RequestCache;
  readonly referrer: string;
  readonly referrerPolicy: ReferrerPolicy;
  readonly integrity: string;
}

/** What fits both a `Request` and a description of one. */
export interface StorableInit extends Omit<RequestProperties, "mode"> {
  readonly headers: Headers;
  readonly mode: "cors" | "same-origin";
  readonly redirect: "follow";
}

/** What the browser adds by itself when the request is sent. In the worker it is visible, and it may change until then. */
const BROWSERS_OWN = /^(sec-.*|user-agent|accept-encoding|upgrade-insecure-requests)$/i;

/**
 * Returns the properties with which a request can be stored and sent later: a navigation becomes a request of the same
 * origin, and its redirects are followed as everyone's. What else cannot be stored is refused by the task.
 */
export function storableInit(
  { mode, credentials, cache, referrer, referrerPolicy, integrity }: RequestProperties,
  given: Headers,
  omitted: readonly string[],
): StorableInit {
  const headers = new Headers(given);
  for (const name of [...omitted, ...given.keys()])
    if (omitted.includes(name) || BROWSERS_OWN.test(name)) headers.delete(name);
  return {
    headers,
    mode: mode === "navigate" ? "same-origin" : (mode as "cors" | "same-origin"),
    credentials,
    // The worker's cache has the answer to no request that failed.
    cache: cache === "only-if-cached" ? "default" : cache,
    // Later it would be the worker's script.
    referrer: referrer === "about:client" ? "" : referrer,
    referrerPolicy,
    integrity,
    redirect: "follow",
  };
}
