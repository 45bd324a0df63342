import type { StoredConfiguration } from "../../protocol/configuration.ts";
import { isIdempotent } from "../../protocol/request-record.ts";
import { type TaskKind, UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import type { TaskRow, UploadRow } from "../../store/schema.ts";
import type { RequestSnapshot } from "../requests/request-snapshot.ts";
import type { CheckedOptions } from "./task-options.ts";

let lastOrder = 0;

/** Microseconds, and never the same twice in a realm: the order in which tasks were made. */
function nextOrder(now: number): number {
  lastOrder = Math.max(lastOrder + 1, now * 1000);
  return lastOrder;
}

export interface NewTaskFacts {
  readonly session: string;
  readonly kind: TaskKind;
  readonly snapshot: RequestSnapshot;
  readonly options: CheckedOptions;
  readonly configuration: StoredConfiguration;
  readonly now: number;
}

/** Returns the row of a new task, suspended. */
export function newTaskRow({ session, kind, snapshot, options, configuration, now }: NewTaskFacts): TaskRow {
  const key = crypto.randomUUID();
  const order = nextOrder(now);
  const { id, description, earliestBeginDate, retry, waitStatuses, completion } = options;
  const notification = options.notification ?? configuration.notifications;
  const idempotencyKey = idempotencyKeyFor(snapshot, options.idempotencyKey);
  return {
    session,
    key,
    id: id ?? key,
    kind,
    state: "suspended",
    order,
    live: [session, order],
    ...(id !== undefined && { named: [session, id] }),
    createdAt: now,
    request: snapshot.record,
    ...(snapshot.body !== undefined && { hasBody: true }),
    ...(kind === "upload" && { upload: newUpload(snapshot, options) }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(description !== undefined && { description }),
    ...(earliestBeginDate !== undefined && { earliestBeginDate }),
    ...(retry !== undefined && { retry }),
    ...(waitStatuses !== undefined && { waitStatuses }),
    ...(completion !== undefined && { completion }),
    ...(notification && { notification }),
    priority: options.priority,
    timeLeftMs: configuration.timeoutIntervalForResource * 1000,
    attempts: 0,
    failures: 0,
    bytesReceived: 0,
    bytesExpected: UNKNOWN_LENGTH,
    farthest: 0,
  };
}

/** The size of what has still to be read is filled in when it is stored. */
function newUpload(
  { record, body }: RequestSnapshot,
  { protocol, metadata, connections }: CheckedOptions,
): UploadRow {
  const sizeBytes = body === undefined ? (record.body?.byteLength ?? 0) : sizeOfBlob(body);
  return {
    ...(protocol !== undefined && { protocol }),
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...(metadata !== undefined && { metadata }),
    ...(connections !== undefined && { connections }),
    bytesAcknowledged: 0,
  };
}

function sizeOfBlob(body: RequestSnapshot["body"]): number | undefined {
  return body instanceof Blob ? body.size : undefined;
}

/** Elsewhere than at home the header would need a preflight, which many servers refuse (T10). */
function idempotencyKeyFor(
  { record }: RequestSnapshot,
  wanted: boolean | string | undefined,
): string | undefined {
  if (typeof wanted === "string") return wanted;
  // The app sends its own.
  if ("idempotency-key" in record.headers) return undefined;
  const isAtHome = new URL(record.url).origin === globalThis.location?.origin;
  const isWanted = wanted ?? (isAtHome && !isIdempotent(record.method));
  return isWanted ? crypto.randomUUID() : undefined;
}
