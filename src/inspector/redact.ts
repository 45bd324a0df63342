import { withoutUrlSecrets } from "../protocol/without-url-secrets.ts";

/** Shown in the place of a value that may be a secret. */
export const REDACTED = "(redacted)";

/** Headers whose values are shown, unless the app calls them secret: they describe the message, not its sender. */
const SHOWN_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-ranges",
  "age",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "date",
  "expires",
  "last-modified",
  "range",
  "retry-after",
  "tus-resumable",
  "upload-length",
  "upload-offset",
  "vary",
]);

/** Returns the headers, with the values of all that may carry secrets replaced. */
export function redactedHeaders(
  headers: unknown,
  secretHeaders: readonly unknown[],
): Readonly<Record<string, string>> {
  const secret = new Set(secretHeaders.map((name) => String(name).toLowerCase()));
  const isShown = (name: string): boolean => SHOWN_HEADERS.has(name) && !secret.has(name);
  return Object.fromEntries(
    Object.entries(Object(headers)).map(([name, value]) => [
      name,
      isShown(name.toLowerCase()) ? withoutUrlSecrets(String(value)) : REDACTED,
    ]),
  );
}

/** Returns a URL without user, password, query and fragment. */
export function redactedUrl(url: unknown): string {
  const text = String(url);
  if (!URL.canParse(text)) return REDACTED;
  const { origin, pathname, search, hash, protocol } = new URL(text);
  if (!/^https?:/.test(protocol)) return `${protocol}…`;
  return origin + pathname + (search || hash ? "?…" : "");
}

/** Returns plain data in which no string has a URL with secrets. */
export function redactedData<Value>(value: Value): Value {
  if (typeof value === "string") return withoutUrlSecrets(value) as Value;
  if (Array.isArray(value)) return value.map(redactedData) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [withoutUrlSecrets(name), redactedData(field)]),
  ) as Value;
}
