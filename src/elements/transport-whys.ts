import type { TransportInfo } from "../app/index.ts";

type Reason = TransportInfo["reason"];

/** Why the app transfers something, as far as a user can understand it or do something about it. */
export type Why = "later" | "alone" | "server" | "small" | "prepared" | "chosen" | "limit" | "parts";

/** Nobody reads them of the app: no page is open, or the browser transfers it. */
type Unread = "no-page" | "page-hidden" | "page-leaving";

/** What is said of the reasons for which the app transfers something. */
const WHYS: Readonly<Record<Exclude<Reason, Unread>, Why>> = {
  "page-open": "later",
  "not-supported": "alone",
  "data-task": "alone",
  "under-way": "alone",
  "not-repeatable": "alone",
  "body-on-disk": "alone",
  "turned-back": "alone",
  "request-mode": "alone",
  "unknown-length": "server",
  "no-strong-etag": "server",
  preflight: "server",
  credentials: "server",
  "little-left": "small",
  "will-send": "prepared",
  "asked-for": "chosen",
  "network-constraints": "chosen",
  refused: "limit",
  "too-many": "limit",
  "not-allowed": "limit",
  "upload-protocol": "parts",
};

/** Returns the text for a reason; none for one that only a later version has. */
export function whysOf(reason: Reason, texts: Readonly<Record<Why, string>>): string[] {
  const why = (WHYS as Readonly<Record<string, Why>>)[reason];
  return why === undefined ? [] : [texts[why]];
}
