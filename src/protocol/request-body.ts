/**
 * Reads the body of a request, which is used up with it; undefined if it has none. Firefox has no `Request.body` to ask
 * for. There no body is a stream, and one counts as used as soon as it is read; the stream that other engines make of the
 * body of another request counts only when its first piece has come.
 */
export function readBodyOf(request: Request): Promise<Blob> | undefined {
  if (request.body === null) return undefined;
  const body = request.blob();
  return request.body !== undefined || request.bodyUsed ? body : undefined;
}
