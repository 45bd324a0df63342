export interface ContentRange {
  readonly start?: number;
  /** The first byte after the range. */
  readonly end?: number;
  readonly total?: number;
}

/** Returns the single range of a 206; undefined if it is hidden, invalid, or contradicted by other headers. */
export function rangeOf(headers: Headers): ContentRange | undefined {
  const range = parseContentRange(headers);
  if (range?.start === undefined || range.end === undefined || isMultipart(headers)) return undefined;
  const length = range.end - range.start;
  return (contentLength(headers) ?? length) === length ? range : undefined;
}

export function isMultipart(headers: Headers): boolean {
  return headers.get("content-type")?.toLowerCase().startsWith("multipart/byteranges") ?? false;
}

/** Parses `Content-Range`. @returns undefined if it is hidden, missing or invalid */
export function parseContentRange(headers: Headers): ContentRange | undefined {
  const match = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(?:(\d{1,15})|\*)$/.exec(
    headers.get("content-range") ?? "",
  );
  if (match === null) return undefined;
  const [start, last, total] = match
    .slice(1)
    .map((digits) => (digits === undefined ? undefined : Number(digits)));
  if (start !== undefined && last !== undefined && (last < start || (total !== undefined && last >= total))) {
    return undefined;
  }
  return {
    ...(start !== undefined && { start }),
    ...(last !== undefined && { end: last + 1 }),
    ...(total !== undefined && { total }),
  };
}

/** Whether an answer that should be the whole has the `Content-Range` of a part. */
export function isPart(headers: Headers): boolean {
  const { start, end, total } = parseContentRange(headers) ?? {};
  return start !== undefined && (start > 0 || (total !== undefined && end !== total));
}

export function contentLength(headers: Headers): number | undefined {
  const value = headers.get("content-length");
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
