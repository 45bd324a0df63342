import type { StoredConfiguration } from "../protocol/configuration.ts";
import { isFinished, type TaskActivity } from "../protocol/task-state.ts";
import { bytesOnDisk } from "../store/bytes-on-disk.ts";
import { dueTime } from "../store/due-time.ts";
import { finishedAtOf } from "../store/history.ts";
import { latestStart } from "../store/latest-start.ts";
import type { TaskRow } from "../store/schema.ts";
import { bytesToSend } from "../store/task-info-of.ts";
import { activityOnDisk } from "./activity-on-disk.ts";
import { limitsFor } from "./limits.ts";
import type { HeadPicture, TaskName, TaskPicture, WaitingPicture } from "./picture.ts";
import type { Lanes } from "./queues.ts";
import type { Stores } from "./read-stores.ts";
import { redactedHeaders, redactedUrl } from "./redact.ts";

export interface Moment {
  readonly now: number;
  readonly isOnline: boolean;
  readonly isVisible: boolean;
  /** What the running daemon says of tasks, by key. */
  readonly activities: ReadonlyMap<string, TaskActivity | undefined>;
  readonly multiplexedHosts: ReadonlySet<unknown>;
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
  const waitingFor = (row: TaskRow): WaitingPicture => {
    const before =
      row.dependsOn?.map(
        ([, id]) => tasks.findLast((other) => other.session === row.session && other.id === id) ?? { id },
      ) ?? [];
    const { behind, ...waiting } = waitingOf(row, lanes, underWay, moment, configurationOf(row.session));
    const ahead = behind && { ...nameOf(behind), activity: activityOf(behind) };
    return { ...waiting, behind: ahead, dependsOn: before.map(nameOf) };
  };
  const liveOf = ({ state, key }: TaskRow) => (isFinished(state) ? undefined : activities.get(key));
  const activityOf = (row: TaskRow, waiting = waitingFor(row)): TaskActivity =>
    liveOf(row) ?? activityOnDisk(row, waiting, moment);
  return [...tasks].sort(byOrder).map((row) => {
    const configuration = configurationOf(row.session);
    const waiting = waitingFor(row);
    const { key, id, session, kind, state, description, group, queue, priority, createdAt } = row;
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
      activity: activityOf(row, waiting),
      isActivityLive: liveOf(row) !== undefined,
      description,
      group,
      queue: queue?.name,
      priority,
      request: head(row.request),
      response: row.response && head(row.response),
      failure: row.failure && { code: row.failure.code, message: row.failure.message },
      createdAt,
      finishedAt: finishedAtOf(row),
      attempts: row.attempts,
      failures: row.failures,
      lastFailure: typeof row.backoff?.why === "string" ? row.backoff.why : undefined,
      metrics: row.metrics ?? [],
      waiting,
      bytesReceived: bytesOnDisk(row),
      bytesExpected: row.bytesExpected,
      bytesSent: row.upload?.bytesAcknowledged ?? 0,
      bytesToSend: bytesToSend(row),
      parts: parts.get(row.file?.fileId ?? "") ?? 0,
      hasStoredBody: bodies.has(row.key),
    };
  });
}

function waitingOf(
  row: TaskRow,
  lanes: Lanes,
  underWay: readonly TaskRow[],
  { now, isVisible, multiplexedHosts }: Moment,
  configuration: StoredConfiguration,
): Omit<WaitingPicture, "dependsOn" | "behind"> & { readonly behind: TaskRow | undefined } {
  const { backoff, hold } = row;
  const isOpen = !isFinished(row.state);
  const [behind, heldBy] = isOpen ? [lanes.headBefore(row), lanes.holderBefore(row)] : [];
  const others = underWay.filter((other) => other.key !== row.key);
  return {
    notBefore: row.earliestBeginDate,
    retryAt: backoff && dueTime(backoff, { now, isVisible, onlineSince: 0 }),
    deadline: row.deadline,
    latestStart: latestStart(row),
    retryAfterMs: backoff?.floorMs ?? 0,
    behind,
    heldBy: heldBy && nameOf(heldBy),
    question: hold?.asks,
    status: hold?.status ?? hold?.response?.status,
    limits: limitsFor(row, others, configuration, isVisible, multiplexedHosts),
    minimumStartInterval: configuration.minimumStartInterval,
  };
}

function nameOf({ id, description }: Pick<TaskRow, "id" | "description">): TaskName {
  return { id, description };
}

function byOrder(a: TaskRow, b: TaskRow): number {
  if (a.session !== b.session) return a.session < b.session ? -1 : 1;
  return a.order - b.order;
}
