import type { SessionErrorCode } from "../app/index.ts";

/** Error codes that a user is told of as of another one. */
const SAME_CAUSES = {
  "daemon-outdated": "page-outdated",
  "user-cancelled": "cancelled",
  "storage-lost": "file-missing",
  expired: "file-missing",
} as const;

/** Error codes of which a user is told that something went wrong: they are faults of the app, or no task ends with them. */
type AppFault =
  | "session-in-use"
  | "session-taken-over"
  | "session-invalidated"
  | "daemon-missing"
  | "unsupported-url"
  | "bad-message";

/** The error codes that have a text. */
export type Cause = Exclude<SessionErrorCode, keyof typeof SAME_CAUSES | AppFault>;

/** Returns the text for an error code, or for one that only a later version has. */
export function causeOf(code: SessionErrorCode, texts: Readonly<Record<Cause, string>>): string {
  const same: Readonly<Record<string, Cause>> = SAME_CAUSES;
  return texts[same[code] ?? (code as Cause)] ?? texts.internal;
}
