import type { AttemptMetrics } from "../../protocol/metrics.ts";
import { bytesOnDisk } from "../../store/bytes-on-disk.ts";
import type { TaskRow } from "../../store/schema.ts";
import { changed, isCarried } from "../../store/tasks.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { ActiveRun } from "./active-run.ts";

const MAX_ATTEMPTS = 100;

/** Returns the row after a run with what that took, if its app wants to know. */
export function withMetrics(
  after: TaskRow,
  run: ActiveRun,
  now: number,
  host: Pick<DaemonHost, "connectionTo">,
): TaskRow {
  // The steps after the last byte are no attempts.
  if (!after.collectsMetrics || run.row.isReceived) return after;
  return changed(after, {
    metrics: [...(after.metrics ?? []), metricsOf(after, run, now, host)].slice(-MAX_ATTEMPTS),
  });
}

function metricsOf(
  after: TaskRow,
  { row, startedAt, requests, answer }: ActiveRun,
  now: number,
  host: Pick<DaemonHost, "connectionTo">,
): AttemptMetrics {
  const before = after.file?.fileId === row.file?.fileId ? bytesOnDisk(row) : 0;
  const sentBefore = row.upload?.bytesAcknowledged ?? 0;
  return {
    startedAt,
    endedAt: now,
    way: isCarried(row) ? "background-fetch" : "worker",
    requests,
    bytesReceived: Math.max(0, bytesOnDisk(after) - before),
    bytesSent: Math.max(0, (after.upload?.bytesAcknowledged ?? 0) - sentBefore),
    ...answer,
    ...(answer && host.connectionTo(row.request.url)),
  };
}
