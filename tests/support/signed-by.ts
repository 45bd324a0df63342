import type { Presign, S3Key } from "./presign-of-docs.ts";
import { signedAt } from "./servers/amz-time.ts";

const TOKEN = "X-Amz-Security-Token";

/**
 * Whether the signature in a request's query is the one that the documentation's server would have made.
 * @param token of temporary credentials
 */
export function isSignedBy(
  presign: Presign,
  key: S3Key,
  origin: string,
  request: Request,
  token: string | null = null,
): boolean {
  const given = new URL(request.url).searchParams;
  const url = new URL(new URL(request.url).pathname, origin);
  for (const [name, value] of given) {
    if (!name.startsWith("X-Amz-") || name === TOKEN) url.searchParams.set(name, value);
  }
  const names = (given.get("X-Amz-SignedHeaders") ?? "").split(";").filter((name) => name !== "host");
  const headers = Object.fromEntries(names.map((name) => [name, request.headers.get(name) ?? ""]));
  const now = new Date(signedAt(given));
  const expected = new URL(presign(key, request.method, url, headers, 900, now)).searchParams;
  return given.get(TOKEN) === token && given.get("X-Amz-Signature") === expected.get("X-Amz-Signature");
}
