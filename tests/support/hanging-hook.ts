const PENDING = new Set<Request>();

/** Never settles. It keeps the request, as a browser does: Node lets go of one that nobody has, and of its signal. */
export function hangingHook(request: Request): Promise<never> {
  PENDING.add(request);
  return new Promise(() => {});
}
