export type { LogEntry } from "../protocol/inspection.ts";

/** Returns a URL that may be logged: signed URLs have secrets in their query. */
export function redacted(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return origin + pathname + (search === "" ? "" : "?…");
}

/** Returns a text that may be logged: the URLs in it have no query. */
export function withoutQueries(text: string): string {
  return text.replace(/(https?:[^\s?"')]*)\?[^\s"')]*/g, "$1?…");
}

/** Returns `thrown` as a string; the app may throw something that cannot be converted to one. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "something without a text";
  }
}
