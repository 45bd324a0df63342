/** The bytes of a representation that were asked for; `end` is not among them. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** One range, and nothing else: RFC 9110 allows empty elements in the list, and any case of the unit. */
const ONE_RANGE = /^bytes=[\s,]*(\d*)-(\d*)[\s,]*$/i;

/**
 * Reads a `Range` header (RFC 9110, section 14.1.2).
 * @param size of the whole, in bytes
 * @returns undefined if the whole is to be sent: there is no header, it is malformed, or it has several ranges
 */
export function byteRangeOf(header: string | null, size: number): ByteRange | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = ONE_RANGE.exec(header ?? "") ?? [];
  if (first === "") {
    const length = Number(last);
    if (last !== "" && length === 0) return "unsatisfiable";
    // No 206 can have nothing in it.
    return last === "" || size === 0 ? undefined : { start: Math.max(0, size - length), end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(size, Number(last) + 1) };
}
