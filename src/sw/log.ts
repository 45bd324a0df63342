export type { LogEntry } from "../protocol/inspection.ts";

/** Returns `thrown` as a string; the app may throw something that cannot be converted to one. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "something without a text";
  }
}
