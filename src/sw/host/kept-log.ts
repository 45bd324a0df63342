import {
  type Inspection,
  inspectionChannelOf,
  type LogEntry,
  type LogLine,
} from "../../protocol/inspection.ts";
import type { ScopeNames } from "../../protocol/names.ts";
import { withoutUrlSecrets } from "../../protocol/without-url-secrets.ts";
import type { Daemon } from "../daemon.ts";

const KEPT_LINES = 500;

/**
 * Returns a log that passes its entries on to the app's `onlog`, without the secrets of URLs: an error of the app's may have
 * any URL in its message. It keeps the last ones in memory, and answers inspectors
 * that ask for them; nothing is sent unless one asks. It never throws: an error in `onlog` must not stop the daemon.
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
  // Every message is a question: a channel does not hear its own answers.
  channel.onmessage = () => {
    const { hasLock, activities } = daemonOf();
    // Another worker may wait for the lock; only its holder knows what tasks do.
    if (hasLock) channel.postMessage({ startedAt, log, activities } satisfies Inspection);
  };
  return (said) => {
    const entry = { ...said, message: withoutUrlSecrets(said.message) };
    if (log.push({ ...entry, at: Date.now() }) > KEPT_LINES) log.shift();
    try {
      onlog?.(entry);
    } catch (error) {
      reportError(error);
    }
  };
}
