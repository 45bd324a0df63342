import type { StoredConfiguration } from "../protocol/configuration.ts";
import { isFinished, type TaskActivity } from "../protocol/task-state.ts";
import { dueTime } from "../store/due-time.ts";
import type { TaskRow } from "../store/schema.ts";
import { taskInfoOf } from "../store/task-info-of.ts";
import { activityOnDisk } from "./activity-on-disk.ts";
import type { HeadPicture, TaskPicture, WaitingPicture } from "./picture.ts";
import type { Lanes } from "./queues.ts";
import type { Stores } from "./read-stores.ts";
import { redactedHeaders, redactedUrl } from "./redact.ts";

export interface Moment {
  readonly now: number;
  readonly isOnline: boolean;
  readonly isVisible: boolean;
  /** What the running daemon says of tasks, by key. */
  readonly activities: ReadonlyMap<string, TaskActivity | undefined>;
  readonly configurationOf: (session: string) => StoredConfiguration;
}

/** A task that does one of these does not wait. */
export const UNDER_WAY: ReadonlySet<TaskActivity> = new Set([
  "connecting",
  "transferring",
  "finishing",
] as const);

/** Returns the pictures of all stored tasks. */
export function taskPictures({ tasks, parts, bodies }: Stores, lanes: Lanes, moment: Moment): TaskPicture[] {
  const { activities, configurationOf } = moment;
  const underWay = tasks.filter(({ key }) => UNDER_WAY.has(activities.get(key) ?? "none"));
  return [...tasks].sort(byOrder).map((row) => {
    const configuration = configurationOf(row.session);
    const waiting = waitingOf(row, lanes, underWay, moment, configuration);
    const live = isFinished(row.state) ? undefined : activities.get(row.key);
    const info = taskInfoOf(row);
    const { key, id, session, kind, state, description, group, queue, priority, createdAt } = info;
    const head = (from: Partial<HeadPicture>): HeadPicture => ({
      url: redactedUrl(from.url),
      ...(from.method !== undefined && { method: from.method }),
      ...(from.status !== undefined && { status: from.status }),
      headers: redactedHeaders(from.headers, configuration.secretHeaders),
    });
    return {
      key,
      id,
      session,
      kind,
      state,
      activity: live ?? activityOnDisk(row, waiting, moment),
      isActivityLive: live !== undefined,
      description,
      group,
      queue,
      priority,
      request: head(row.request),
      response: row.response && head(row.response),
      failure: row.failure && { code: row.failure.code, message: row.failure.message },
      createdAt,
      finishedAt: row.finishedAt,
      attempts: row.attempts,
      failures: row.failures,
      metrics: row.metrics ?? [],
      waiting,
      bytesReceived: info.bytesReceived,
      bytesExpected: row.bytesExpected,
      bytesSent: info.bytesSent,
      bytesToSend: info.bytesExpectedToSend,
      parts: parts.get(row.file?.fileId ?? "") ?? 0,
      hasStoredBody: bodies.has(row.key),
    };
  });
}

function waitingOf(
  row: TaskRow,
  lanes: Lanes,
  underWay: readonly TaskRow[],
  { now, isVisible }: Moment,
  { maximumConnections, httpMaximumConnectionsPerHost, minimumStartInterval }: StoredConfiguration,
): WaitingPicture {
  const { backoff, hold } = row;
  const isOpen = !isFinished(row.state);
  const others = underWay.filter((other) => other.key !== row.key);
  return {
    notBefore: row.earliestBeginDate,
    retryAt: backoff && dueTime(backoff, { now, isVisible, onlineSince: 0 }),
    deadline: row.deadline,
    behind: isOpen ? lanes.headBefore(row)?.id : undefined,
    heldBy: isOpen ? lanes.holderBefore(row)?.id : undefined,
    dependsOn: row.dependsOn?.map(([, id]) => id) ?? [],
    question: hold?.asks,
    status: hold?.status ?? hold?.response?.status,
    others: others.length,
    othersOfHost: others.filter((other) => hostOf(other) === hostOf(row)).length,
    limit: maximumConnections,
    limitOfHost: httpMaximumConnectionsPerHost,
    minimumStartInterval,
  };
}

function hostOf({ request }: TaskRow): string {
  return new URL(request.url).origin;
}

function byOrder(a: TaskRow, b: TaskRow): number {
  if (a.session !== b.session) return a.session < b.session ? -1 : 1;
  return a.order - b.order;
}
