/**
 * Reads and thereby uses up the body of a request; undefined if it has none. Firefox has no `Request.body`: there a body
 * is never a stream, and counts as used as soon as it is read. In other engines the body may be a stream, which counts as
 * used only when its first chunk has come.
 */
export function readBodyOf(request: Request): Promise<Blob> | undefined {
  if (request.body === null) return undefined;
  const body = request.blob();
  return request.body !== undefined || request.bodyUsed ? body : undefined;
}
