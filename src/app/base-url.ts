/** Returns what relative URLs resolve against, as for `fetch`; undefined on a server. */
export function baseUrl(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}
