import type { TransportInfo, TransportReason } from "../../src/app/index.ts";

/** "The worker fetches it: a page is open". Says which transport a transfer uses, and why. */
export function transportWords({ way, reason }: TransportInfo, kind: "download" | "upload"): string {
  const who = way === "worker" ? "The worker" : "The browser";
  const does = kind === "download" ? "fetches it" : "sends it";
  return `${who} ${does}: ${REASONS[reason]}`;
}

const REASONS: Readonly<Record<TransportReason, string>> = {
  "asked-for": "this app asked for it",
  "page-open": "a page is open",
  "page-hidden": "no page was visible for a while",
  "page-leaving": "the last page was closed",
  "no-page": "no page is open to hand it over",
  "little-left": "only a little is left",
  "unknown-length": "its length is unknown",
  "no-strong-etag": "the server does not identify file versions",
  "under-way": "a request that has begun cannot be handed over",
  "body-on-disk": "a page that closes cannot read the file to send",
  "not-repeatable": "it must not be sent twice",
  "turned-back": "the browser could not get it",
  refused: "the browser needs a click first",
  "too-many": "the browser is busy",
  "not-supported": "this browser cannot do it on its own",
  "not-allowed": "the browser is not allowed to do it on its own",
  "will-send": "this app changes each request",
  "upload-protocol": "it is sent in chunks",
  "data-task": "it is small",
  credentials: "it is sent without cookies",
  preflight: "the other server requires a preflight",
  "request-mode": "it is a request of a special kind",
  "network-constraints": "only some networks are allowed",
};
