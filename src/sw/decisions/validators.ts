import type { FileRow, Validator } from "../../store/schema.ts";

/** Younger than this, a file may be written again in the second that its `Last-Modified` names (RFC 9110, 8.8.2.2). */
const FRESH_MS = 1_000;
/** The same by our own clock, which may differ from the server's: across origins `Date` is hidden. */
const FRESH_BY_OUR_CLOCK_MS = 60_000;

/**
 * Returns a strong `ETag`, else a `Last-Modified`. We trust neither if the file was just written: nginx and Caddy derive
 * their strong `ETag`s from that second. A weak one says nothing about bytes.
 */
export function validatorOf(headers: Headers, askedAt: number): Validator | undefined {
  const etag = headers.get("etag");
  const sentAt = dateOf(headers, "date");
  const ageMs = (sentAt ?? askedAt) - (dateOf(headers, "last-modified") ?? Number.NaN);
  if (Math.abs(ageMs) < (sentAt === undefined ? FRESH_BY_OUR_CLOCK_MS : FRESH_MS)) return undefined;
  if (etag?.startsWith('"')) return { kind: "etag", value: etag };
  // If it lies in the future, the clocks disagree.
  return ageMs > 0 ? { kind: "last-modified", value: headers.get("last-modified") ?? "" } : undefined;
}

/** Returns the time that a header names; undefined if it is not an HTTP date. */
function dateOf(headers: Headers, name: string): number | undefined {
  const value = headers.get(name) ?? "";
  const date = new Date(value);
  return value.endsWith("GMT") && date.toUTCString() === value ? date.getTime() : undefined;
}

/** Returns an `ETag` without its strength: if it differs, the version differs. */
export function tagOf(headers: Headers): string | undefined {
  return headers.get("etag")?.replace(/^W\//, "") || undefined;
}

/** Whether the validator is unchanged, and no tag contradicts it. */
export function isSame(file: FileRow | undefined, headers: Headers): boolean {
  if (file?.validator === undefined || headers.get(file.validator.kind) !== file.validator.value)
    return false;
  const tag = tagOf(headers);
  return file.tag === undefined || tag === undefined || file.tag === tag;
}
