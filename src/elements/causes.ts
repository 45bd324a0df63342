import type { SessionErrorCode, TransportReason } from "../app/index.ts";

/** Why a task failed, as far as it matters to a user. */
export type Cause =
  | "unable"
  | "blocked"
  | "cancelled"
  | "slow"
  | "network"
  | "answer"
  | "wrongFile"
  | "dependency"
  | "full"
  | "gone"
  | "internal";

export const CAUSES: Readonly<Record<SessionErrorCode, Cause>> = {
  "session-in-use": "internal",
  "session-taken-over": "internal",
  "session-invalidated": "internal",
  "daemon-missing": "unable",
  "daemon-outdated": "internal",
  "page-outdated": "internal",
  "unsupported-url": "internal",
  blocked: "blocked",
  cancelled: "cancelled",
  "user-cancelled": "cancelled",
  "timed-out": "slow",
  "network-lost": "network",
  "bad-response": "answer",
  "bad-message": "internal",
  "resume-data-invalid": "gone",
  "integrity-mismatch": "wrongFile",
  "destination-failed": "internal",
  "dependency-failed": "dependency",
  "storage-full": "full",
  "storage-lost": "gone",
  "file-missing": "gone",
  "transport-unavailable": "unable",
  expired: "gone",
  internal: "internal",
};

/** Why a task goes the way it goes, as far as it matters to a user. */
export type Why = "wanted" | "open" | "hidden" | "little" | "unknown" | "unable" | "special";

export const WHYS: Readonly<Record<TransportReason, Why>> = {
  "asked-for": "wanted",
  "page-open": "open",
  "page-hidden": "hidden",
  "page-leaving": "hidden",
  "no-page": "hidden",
  "little-left": "little",
  "unknown-length": "unknown",
  "no-strong-etag": "unknown",
  "under-way": "special",
  "body-on-disk": "special",
  "not-repeatable": "special",
  "turned-back": "unable",
  refused: "unable",
  "too-many": "unable",
  "not-supported": "unable",
  "not-allowed": "unable",
  "will-send": "special",
  "upload-protocol": "special",
  "data-task": "little",
  credentials: "special",
  preflight: "special",
  "request-mode": "special",
  "network-constraints": "wanted",
};
