const ASKED = new WeakMap<Request, string>();

/** The app's hook has `request` go to another address. It is kept in memory alone: it may be a signed one. */
export function askInstead(request: Request, url: string): void {
  ASKED.set(request, url);
}

/** Returns the address that a request really went to, before redirects. */
export function askedUrl(request: Request): string {
  return ASKED.get(request) ?? request.url;
}
