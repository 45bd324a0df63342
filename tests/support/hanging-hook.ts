const PENDING = new Set<Request>();

/** Never settles. It keeps the request, as a browser does: Node collects an unreferenced request, and its signal. */
export function hangingHook(request: Request): Promise<never> {
  PENDING.add(request);
  return new Promise(() => {});
}
