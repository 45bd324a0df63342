/** What a `Request` has, and a row of workbox or Serwist. */
export interface RequestSource {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers | Readonly<Record<string, string>>;
  readonly mode: RequestMode;
  readonly credentials: RequestCredentials;
  readonly cache: RequestCache;
  readonly referrer: string;
  readonly referrerPolicy: ReferrerPolicy;
  readonly integrity: string;
}

/** What a description of a request has, besides address, method and body. */
export interface StorableInit
  extends Pick<RequestSource, "credentials" | "cache" | "referrer" | "referrerPolicy" | "integrity"> {
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
  { headers: given, mode, credentials, cache, referrer, referrerPolicy, integrity }: RequestSource,
  omitted: readonly string[],
): StorableInit {
  const headers = new Headers(given);
  for (const name of [...headers.keys()])
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
