const KEYS = ["max-size", "min-size", "max-append-size", "min-append-size", "max-age"] as const;

/** What a server says of an upload's bounds: bytes, and seconds for `max-age`. */
export type Limits = { readonly [Key in (typeof KEYS)[number]]?: number };

/**
 * Reads `Upload-Limit`, a dictionary of structured fields (RFC 9651). Unknown members are ignored; one that is known
 * and no whole number makes all of it void, as the draft says.
 */
export function limitsIn(headers: Headers): Limits {
  const limits: Record<string, number> = {};
  for (const member of (headers.get("upload-limit") ?? "").split(",")) {
    const [key = "", value = ""] = member.split(";")[0]?.trim().split("=") ?? [];
    if (!KEYS.some((known) => known === key)) continue;
    if (!/^\d{1,15}$/.test(value)) return {};
    limits[key] = Number(value);
  }
  return limits;
}
