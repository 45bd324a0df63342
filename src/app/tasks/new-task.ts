import type { StoredConfiguration, TaskSettings } from "../../protocol/configuration.ts";
import { originOf } from "../../protocol/origin-of.ts";
import { isIdempotent, type RequestRecord } from "../../protocol/request-record.ts";
import { type TaskKind, UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import type { MirrorsRow, QueueRow, TaskRow, UploadRow } from "../../store/schema.ts";
import { changed } from "../../store/tasks.ts";
import { checkAddress, type RequestSnapshot } from "../requests/request-snapshot.ts";
import type { CheckedOptions } from "./checked-options.ts";
import { destinationRow } from "./destination.ts";

let lastOrder = 0;

/** Returns microseconds, never the same twice in a realm: the order in which tasks were made. */
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
  /** What the delegate wants of it. */
  readonly wishes: Pick<TaskRow, "asksToBegin" | "collectsMetrics">;
  readonly now: number;
}

/** Returns the row of a new task, suspended. */
export function newTaskRow({
  session,
  kind,
  snapshot,
  options,
  configuration,
  wishes,
  now,
}: NewTaskFacts): TaskRow {
  const key = crypto.randomUUID();
  const order = nextOrder(now);
  const { id, priority, description, earliestBeginDate, retry, waitStatuses, completion } = options;
  const row: TaskRow = {
    session,
    key,
    id: id ?? key,
    kind,
    state: "suspended",
    order,
    live: [session, order],
    createdAt: now,
    request: snapshot.record,
    priority,
    timeLeftMs: (options.timeoutIntervalForResource ?? configuration.timeoutIntervalForResource) * 1000,
    attempts: 0,
    failures: 0,
    bytesReceived: 0,
    bytesExpected: UNKNOWN_LENGTH,
    farthest: 0,
  };
  const { queue, after, group, acceptStatuses, destination } = options;
  const settings = settingsOf(options);
  return changed(row, {
    queue: queue === undefined ? undefined : queueOf(queue, configuration),
    dependsOn: after?.length ? after.map((name) => [session, name] as const) : undefined,
    group,
    acceptStatuses,
    destination: destination && destinationRow(destination, row.request.url),
    settings: Object.keys(settings).length > 0 ? settings : undefined,
    named: id === undefined ? undefined : [session, id],
    hasBody: snapshot.body === undefined ? undefined : true,
    upload: kind === "upload" ? newUpload(snapshot, options) : undefined,
    connections: kind === "download" ? options.connections : undefined,
    mirrors: options.mirrors && mirrorsOf(options.mirrors, snapshot.record),
    idempotencyKey: idempotencyKeyFor(snapshot, options.idempotencyKey),
    description,
    earliestBeginDate,
    ...wishes,
    asksToBegin: earliestBeginDate === undefined ? undefined : wishes.asksToBegin,
    retry,
    waitStatuses,
    clientExpectsToSend: options.countOfBytesClientExpectsToSend,
    clientExpectsToReceive: options.countOfBytesClientExpectsToReceive,
    completion,
    keepsHistory: configuration.keepsHistory || undefined,
    notification: (options.notification ?? configuration.notifications) || undefined,
  });
}

const SETTINGS: readonly (keyof TaskSettings)[] = [
  "timeoutIntervalForRequest",
  "allowsExpensiveNetworkAccess",
  "allowsConstrainedNetworkAccess",
  "isDiscretionary",
  "challengeStatuses",
];

function settingsOf(options: CheckedOptions): TaskSettings {
  const given = SETTINGS.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}

/** The place is given when the task is stored. */
function queueOf(name: string, { queues }: StoredConfiguration): QueueRow {
  return { name, onFailure: queues[name]?.onFailure ?? "continue" };
}

/** @throws TypeError or SessionError for a request or a URL that cannot be one of several */
function mirrorsOf(others: readonly string[], { url, method, mode }: RequestRecord): MirrorsRow {
  if (method !== "GET") throw new TypeError(`mirrors are for downloads with GET, not ${method}.`);
  for (const other of others) {
    checkAddress(other);
    if (mode === "same-origin" && originOf(other) !== originOf(url))
      throw new TypeError('A request with mode "same-origin" cannot have mirrors of another origin.');
  }
  return { urls: [url, ...others], at: 0, untried: others.length };
}

/** The size of a body that has still to be read is filled in when it is stored. */
function newUpload(
  { record, body }: RequestSnapshot,
  { protocol, metadata, connections, resumeAt }: CheckedOptions,
): UploadRow {
  if (resumeAt !== undefined && protocol !== "tus" && protocol !== "ietf")
    throw new TypeError('resumeAt needs protocol: "tus" or "ietf".');
  const stored = body instanceof Blob ? body.size : undefined;
  const sizeBytes = body === undefined ? (record.body?.byteLength ?? 0) : stored;
  return changed<UploadRow>(
    { bytesAcknowledged: 0 },
    { protocol, sizeBytes, metadata, connections, resumeAt },
  );
}

/** To another origin the header would need a preflight, which many servers refuse (T10). */
function idempotencyKeyFor(
  { record }: RequestSnapshot,
  wanted: boolean | string | undefined,
): string | undefined {
  if (typeof wanted === "string") return wanted;
  // The app sends its own.
  if ("idempotency-key" in record.headers) return undefined;
  const isSameOrigin = () => record.url.startsWith(`${globalThis.location?.origin}/`);
  const isWanted = wanted ?? (!isIdempotent(record.method) && isSameOrigin());
  return isWanted ? crypto.randomUUID() : undefined;
}
