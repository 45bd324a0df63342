import type { SessionErrorCode, TransportReason } from "../app/index.ts";

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

/** Reasons for a transport that a user is told of as of another one. */
const SAME_WHYS = {
  "page-leaving": "page-hidden",
  "no-page": "page-hidden",
  "no-strong-etag": "unknown-length",
  "turned-back": "not-supported",
  refused: "not-supported",
  "too-many": "not-supported",
  "not-allowed": "not-supported",
} as const;

/** Reasons that lie in the request, or in what it needs: only the app can send it. */
type OnlyApp =
  | "body-on-disk"
  | "will-send"
  | "upload-protocol"
  | "data-task"
  | "credentials"
  | "preflight"
  | "network-constraints";

/** The reasons that have a text. */
export type Why = Exclude<TransportReason, keyof typeof SAME_WHYS | OnlyApp>;

/** Returns the text for an error code, or for one that only a later version has. */
export function causeOf(code: SessionErrorCode, texts: Readonly<Record<Cause, string>>): string {
  return textOf(code, SAME_CAUSES, texts) ?? texts.internal;
}

/** Returns the text for the reason of a transport. */
export function whyOf(reason: TransportReason, texts: Readonly<Record<Why, string>>): string {
  return textOf(reason, SAME_WHYS, texts) ?? texts["request-mode"];
}

type Texts = Readonly<Record<string, string>>;

function textOf(name: string, same: Texts, texts: Texts): string | undefined {
  return texts[same[name] ?? name];
}
