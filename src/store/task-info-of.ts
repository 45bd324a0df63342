import type { ResponseHead, TaskInfo, TransportInfo } from "../protocol/task-info.ts";
import { UNKNOWN_LENGTH } from "../protocol/task-info.ts";
import type { TaskActivity } from "../protocol/task-state.ts";
import { bytesOnDisk } from "./bytes-on-disk.ts";
import { canResume } from "./can-resume.ts";
import { finishedAtOf } from "./history.ts";
import type { FileRow, TaskRow } from "./schema.ts";

/** What only the running daemon knows about a task. */
export interface LiveFacts {
  readonly activity: TaskActivity;
  readonly bytesReceived?: number;
  readonly bytesExpected?: number;
  readonly bytesSent?: number;
  readonly bytesPerSecond?: number | undefined;
  readonly attempts?: number;
  readonly nextAttemptAt?: number | undefined;
  readonly transport?: TransportInfo;
  /** The file that a run is receiving. */
  readonly file?: FileRow | undefined;
  readonly response?: ResponseHead | undefined;
}

/**
 * Returns what a page may know about a row, without its bodies. Works for a damaged row too: the daemon ends it, and until
 * then it must not keep a session from being opened.
 */
export function taskInfoOf(row: TaskRow, live?: LiveFacts): TaskInfo {
  const { body, ...request } = row.request ?? {};
  const [url = request.url] = row.mirrors?.urls ?? [];
  return {
    key: row.key,
    id: row.id,
    session: row.session,
    kind: row.kind,
    state: row.state,
    activity: row.state === "running" ? (live?.activity ?? restingActivity(row)) : "none",
    description: row.description,
    priority: row.priority,
    group: row.group,
    queue: row.queue?.name,
    dependsOn: row.dependsOn?.map(([, id]) => id) ?? [],
    acceptStatuses: row.acceptStatuses,
    settings: row.settings,
    earliestBeginDate: row.earliestBeginDate,
    destination: row.destination,
    order: row.order,
    createdAt: row.createdAt,
    finishedAt: finishedAtOf(row),
    request: { ...request, url },
    hasBody: body !== undefined || row.hasBody === true || row.isBodyGone === true,
    response: live?.response ?? headOf(row),
    failure: row.failure,
    canResume: canResume(row),
    bytesReceived: live?.bytesReceived ?? bytesOnDisk(row),
    bytesExpectedToReceive: live?.bytesExpected ?? row.bytesExpected,
    bytesSent: live?.bytesSent ?? row.upload?.bytesAcknowledged ?? 0,
    bytesExpectedToSend: bytesToSend(row),
    clientExpectsToSend: row.clientExpectsToSend,
    clientExpectsToReceive: row.clientExpectsToReceive,
    uploadProtocol: row.upload?.protocol,
    bytesPerSecond: live?.bytesPerSecond,
    attempts: live?.attempts ?? row.attempts,
    nextAttemptAt: live?.nextAttemptAt,
    transport: live?.transport,
  };
}

function restingActivity({ hold }: TaskRow): TaskActivity {
  return hold === undefined ? "waiting-for-daemon" : "needs-authorization";
}

/** Returns how many bytes the body of the request has, or `UNKNOWN_LENGTH`. */
export function bytesToSend({ upload, request, hasBody, isBodyGone }: TaskRow): number {
  if (upload !== undefined) return upload.sizeBytes ?? UNKNOWN_LENGTH;
  return request?.body?.byteLength ?? (hasBody || isBodyGone ? UNKNOWN_LENGTH : 0);
}

/** Returns the response without its body. */
export function headOf({ response }: TaskRow): ResponseHead | undefined {
  if (response === undefined) return undefined;
  const { body: _, ...head } = response;
  return head;
}
