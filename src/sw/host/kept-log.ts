import {
  type Inspection,
  inspectionChannelOf,
  LISTENING,
  LOGGED,
  type LogEntry,
  type LogLine,
  type WorkerVersion,
} from "../../protocol/inspection.ts";
import { LIBRARY_VERSION } from "../../protocol/library-version.ts";
import type { ScopeNames } from "../../protocol/names.ts";
import { PROTOCOL } from "../../protocol/versions.ts";
import { withoutUrlSecrets } from "../../protocol/without-url-secrets.ts";
import type { Daemon } from "../daemon.ts";

const KEPT_LINES = 500;

/**
 * Returns a log that passes its entries on to the app's `onlog`, without the secrets of URLs: an error of the app's may have
 * any URL in its message. It keeps the last ones in memory, answers inspectors that ask for them, and tells one that goes
 * on listening of the next line; nothing is sent unless one asks. It never throws: an error in `onlog` must not stop the
 * daemon.
 * @param daemonOf is not called before the first question
 */
export function keptLog(
  names: ScopeNames,
  daemonOf: () => Daemon,
  onlog: ((entry: LogEntry) => void) | undefined,
): (entry: LogEntry) => void {
  const log: LogLine[] = [];
  const startedAt = Date.now();
  const channel = new BroadcastChannel(inspectionChannelOf(names));
  let isHeard = false;
  channel.onmessage = ({ data }) => {
    // Other workers answer on the same channel.
    if (typeof data !== "string") return;
    const { hasLock, activities } = daemonOf();
    isHeard ||= data === LISTENING;
    // Another worker may wait for the lock; only its holder knows what tasks do.
    channel.postMessage({
      versions: PROTOCOL,
      library: LIBRARY_VERSION,
      state: (globalThis as { serviceWorker?: ServiceWorker }).serviceWorker?.state,
      ...(hasLock && ({ startedAt, log, activities } satisfies Inspection)),
    } satisfies WorkerVersion);
  };
  return (said) => {
    const entry = { ...said, message: withoutUrlSecrets(said.message) };
    if (log.push({ ...entry, at: Date.now() }) > KEPT_LINES) log.shift();
    if (isHeard) channel.postMessage(LOGGED);
    isHeard = false;
    try {
      onlog?.(entry);
    } catch (error) {
      reportError(error);
    }
  };
}
