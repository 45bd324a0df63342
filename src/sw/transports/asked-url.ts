const ASKED = new WeakMap<Request, Request>();

/** The app's hook has another request go out in place of `request`. It is kept in memory alone: its address may be signed. */
export function askInstead(request: Request, asked: Request): void {
  ASKED.set(request, asked);
}

/** Returns the request that really went out. */
export function askedRequest(request: Request): Request {
  return ASKED.get(request) ?? request;
}

/** Returns the address that a request really went to, before redirects. */
export function askedUrl(request: Request): string {
  return askedRequest(request).url;
}
