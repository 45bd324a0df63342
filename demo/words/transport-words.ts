import type { TransportInfo, TransportReason } from "../../src/app/index.ts";

/** "The worker fetches it: a page is open". Says which way a transfer takes, and why. */
export function transportWords({ way, reason }: TransportInfo, kind: "download" | "upload"): string {
  const who = way === "worker" ? "The worker" : "The browser";
  const does = kind === "download" ? "fetches it" : "sends it";
  return `${who} ${does}: ${REASONS[reason]}`;
}

const REASONS: Readonly<Record<TransportReason, string>> = {
  "asked-for": "this app wants it so",
  "page-open": "a page is open",
  "page-hidden": "no page was looked at for a while",
  "page-leaving": "the last page was closed",
  "no-page": "no page is there to hand it over",
  "little-left": "there is little left",
  "unknown-length": "how long it is is not known",
  "no-strong-etag": "the server does not tell one version from the next",
  "under-way": "half a request cannot be handed over",
  "body-on-disk": "a page that closes cannot read what is sent",
  "not-repeatable": "it must not be sent twice",
  "turned-back": "the browser by itself did not get it",
  refused: "the browser wants a click before it does so by itself",
  "too-many": "the browser has enough to do",
  "not-supported": "this browser does not do so by itself",
  "not-allowed": "the browser may not do so by itself",
  "will-send": "this app adds something when it is sent",
  "upload-protocol": "it goes in chunks",
  "data-task": "it is small",
  credentials: "cookies must not go along",
  preflight: "the other server has to be asked for leave first",
  "request-mode": "it is a request of a special kind",
  "network-constraints": "this network is to be spared",
};
