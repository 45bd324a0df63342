const KEYS = ["max-size", "min-size", "max-append-size", "min-append-size", "max-age"] as const;

/** The limits that a server announces for an upload, in bytes; `max-age` in seconds. */
export type Limits = { readonly [Key in (typeof KEYS)[number]]?: number };

/**
 * Reads `Upload-Limit`, a dictionary of structured fields (RFC 9651). Unknown members are ignored. If a known one is no
 * whole number, the whole field is ignored, as the draft says.
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
