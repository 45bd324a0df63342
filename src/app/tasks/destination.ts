import { checkedProperties, type Rule, type Rules } from "../../protocol/checked-properties.ts";
import { isRecord, isShortString } from "../../protocol/checks.ts";
import { headersOf } from "../../protocol/configuration-rules.ts";
import type { Destination } from "../../protocol/destination.ts";
import { ANYTHING } from "../../protocol/shape.ts";
import type { DestinationRow } from "../../store/schema.ts";
import { baseUrl } from "../base-url.ts";

/** No empty name, "." or "..", and no name of files that are being written: Chromium's, and ours. */
const SEGMENT = /^(?!\.{0,2}$)(?!\.background-session$)(?!.*\.crswap$)[^\\\p{Cc}]+$/iu;

/** A URL, relative to the page. */
export const WEB_URL: Rule = [
  "a string with an http: or https: URL without credentials",
  (value) => keyOf(value) !== undefined,
  keyOf,
];

const CACHE_RULES: Rules = {
  cache: ["a string of 1 to 1,024 characters", isShortString],
  key: WEB_URL,
  headers: [
    "header names and their values",
    ANYTHING,
    (value: Record<string, string>, name) => Object.fromEntries(headersOf(value, name)),
  ],
};

const OPFS_RULES: Rules = {
  opfs: [
    'a relative path of 1 to 1,024 characters: names of at most 255 bytes, not ".", ".." or ".background-session" or ending in ".crswap", ' +
      "without backslashes and control characters",
    (value) => isShortString(value) && value.split("/").every(isSegment),
  ],
};

/** What a destination must be, and how it is copied. */
export const DESTINATION: Rule = [
  "{ cache, key?, headers? } or { opfs }",
  (value) => isRecord(value) && (value.cache === undefined) !== (value.opfs === undefined),
  (value: Partial<Record<string, unknown>>, name) =>
    checkedProperties(value, value.opfs === undefined ? CACHE_RULES : OPFS_RULES, `${name}.`),
];

/** Returns the destination with its defaults. @param url that of the request */
export function destinationRow(destination: Destination, url: string): DestinationRow {
  return "opfs" in destination ? destination : { ...destination, key: destination.key ?? String(keyOf(url)) };
}

function isSegment(name: string): boolean {
  // WebKit counts bytes, the others characters.
  return SEGMENT.test(name) && new Blob([name]).size <= 255;
}

/** Returns the URL without its fragment; undefined if no response can be stored under it. */
export function keyOf(value: unknown): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value, baseUrl())) return undefined;
  const url = new URL(value, baseUrl());
  if (!/^https?:$/.test(url.protocol) || url.username + url.password !== "") return undefined;
  url.hash = "";
  return url.href;
}
