/**
 * A stored request: exactly the `requestData` of workbox's `StorableRequest`, which turns it back into a `Request` in the
 * daemon. A body of more than 64 KiB is in the store `bodies` instead.
 */
export interface RequestRecord {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly mode: RequestMode;
  readonly credentials: RequestCredentials;
  readonly cache: RequestCache;
  readonly redirect: RequestRedirect;
  readonly referrer: string;
  readonly referrerPolicy: ReferrerPolicy;
  readonly integrity: string;
  readonly body?: ArrayBuffer;
}

/** Methods that RFC 9110 calls idempotent: sending such a request twice has the effect of sending it once. */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT_METHODS.has(method);
}
