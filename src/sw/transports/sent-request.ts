const REPLACEMENTS = new WeakMap<Request, Request>();

/** The app's hook sends another request in place of `request`. It stays in memory: its URL may be signed. */
export function replaceRequest(request: Request, replacement: Request): void {
  REPLACEMENTS.set(request, replacement);
}

/** Returns the request that was really sent. */
export function sentRequest(request: Request): Request {
  return REPLACEMENTS.get(request) ?? request;
}
