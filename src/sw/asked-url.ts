const ASKED = new WeakMap<Request, Request>();

/** The app's hook has `asked` sent instead of `request`. It is kept in memory alone: its address may be a signed one. */
export function askInstead(request: Request, asked: Request): void {
  ASKED.set(request, asked);
}

/** Returns the request that was really sent. */
export function askedInstead(request: Request): Request {
  return ASKED.get(request) ?? request;
}

/** Returns the address that a request really went to, before redirects. */
export function askedUrl(request: Request): string {
  return askedInstead(request).url;
}
