import type { Destination } from "../protocol/destination.ts";

/** An open session, of which only this is needed here. */
export interface DownloadFinder {
  /** Finds a finished download of a URL. */
  findDownload(url: string): Promise<StoredDownload | undefined>;
}

/** A finished download, as `await task.completed` has it, and its place if it has one. */
export interface StoredDownload {
  /** The bytes; undefined if the download failed or was placed at its `destination`. */
  readonly file?: File | undefined;
  /** Its headers describe the bytes. If its status is not 2xx, there are none: `file` is an error page. */
  readonly response?: Response | undefined;
  /** Why it failed. */
  readonly error?: Error | undefined;
  /** The place of the bytes, if they are not in `file`. */
  readonly destination?: Destination | undefined;
}

/** Shorter than a session keeps a file whose events are settled. */
const KEPT_MS = 2_000;

type Finding = Promise<StoredDownload | undefined>;

const kept = new WeakMap<DownloadFinder, Map<string, Finding>>();

/**
 * Looks a URL up in a session. A player asks for several ranges at once: what was found counts for each of them, and so does
 * a miss.
 */
export function foundDownload(session: DownloadFinder, url: string): Finding {
  const found = kept.get(session) ?? new Map<string, Finding>();
  kept.set(session, found);
  const before = found.get(url);
  if (before) return before;
  const finding = session.findDownload(url);
  found.set(url, finding);
  const release = () => found.delete(url);
  finding.then(() => setTimeout(release, KEPT_MS), release);
  return finding;
}
