import { INSPECTION, type LogEntry, type LogLine } from "../../protocol/inspection.ts";
import type { Daemon } from "../daemon.ts";

const KEPT_LINES = 500;

/**
 * Keeps the last lines of the log in memory, and answers inspectors that ask for them. Nothing is sent unless one asks.
 * @param daemonOf is not called before the first question
 * @returns the log that keeps its lines, and passes them on to `log`
 */
export function answerInspectors(
  channelName: string,
  daemonOf: () => Daemon,
  log: (entry: LogEntry) => void,
): (entry: LogEntry) => void {
  const lines: LogLine[] = [];
  const startedAt = Date.now();
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = ({ data }) => {
    const { hasLock, activities } = daemonOf();
    // Another worker may wait for the lock; only its holder knows what tasks do.
    if (data === INSPECTION && hasLock) channel.postMessage({ startedAt, log: lines, activities });
  };
  return (entry) => {
    if (lines.push({ ...entry, at: Date.now() }) > KEPT_LINES) lines.shift();
    log(entry);
  };
}
