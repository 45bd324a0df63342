import type { UploadProtocolName } from "./upload-protocol.ts";

/** The versions of the page–daemon protocol that one side speaks, both ends included. */
export interface VersionRange {
  /** The oldest, an integer from 1. */
  readonly min: number;
  /** The newest. */
  readonly max: number;
}

/** What the daemon answers when a page says hello. */
export interface Greeting {
  readonly versions: VersionRange;
  /** The version of the library that the worker has; absent in versions that did not tell. */
  readonly library?: string;
  /** The protocols for resumable uploads; absent in versions that have no uploads. */
  readonly uploadProtocols?: readonly UploadProtocolName[];
  /** It has queues and dependencies; absent in versions that have none. */
  readonly keepsOrder?: true;
  /** It was given the hashes for `integrity`. */
  readonly checksIntegrity?: true;
  /** It was given the means to fetch a download in several ranges, and to limit its rate. */
  readonly splitsDownloads?: true;
  /** It was given what places downloads at their `destination`. */
  readonly placesFiles?: true;
}

/** The versions that this build speaks. A release speaks its own version and at least the one before. */
export const PROTOCOL: VersionRange = { min: 1, max: 1 };

export type Agreement = "agreed" | "daemon-outdated" | "page-outdated";

/** Returns whether a page and a daemon have a version in common and, if not, which of them is older. */
export function agree(page: VersionRange, daemon: VersionRange): Agreement {
  if (daemon.max < page.min) return "daemon-outdated";
  return page.max < daemon.min ? "page-outdated" : "agreed";
}
