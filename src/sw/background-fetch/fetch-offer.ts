import {
  carriedTask,
  type FetchOffer,
  fetchIdFor,
  type OfferedTask,
  type TransportReason,
} from "../../protocol/background-fetch.ts";
import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { RequestRecord } from "../../protocol/request-record.ts";
import { UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import { MUCH_BYTES } from "../decisions/choose-transport.ts";

/**
 * A background fetch begins this far ahead of the worker, which goes on up to there: so the bytes that the worker
 * receives while the page starts the fetch are not fetched twice.
 */
const AHEAD_MS = 3_000;
const MIN_AHEAD_BYTES = 1024 * 1024;

export interface OfferedRow {
  readonly row: TaskRow;
  readonly reason: TransportReason;
  readonly configuration: StoredConfiguration;
  /** The facts of its run, if one is going on. */
  readonly facts: LiveFacts | undefined;
}

/** Returns the background fetch that a page is to start for these tasks; undefined if none is worth it. */
export function offerOf(offered: readonly OfferedRow[]): FetchOffer | undefined {
  const byRequest = new Map<string, OfferedTask>();
  for (const one of offered) {
    const task = offeredTask(one);
    // The browser's responses can be told apart by their requests only.
    const name = task && `${task.request.method} ${task.request.url} ${task.start}`;
    if (name !== undefined && !byRequest.has(name)) byRequest.set(name, task as OfferedTask);
  }
  const tasks = [...byRequest.values()];
  if (tasks.length === 0) return undefined;
  const rows = offered.map(({ row }) => row).filter((row) => tasks.some(({ key }) => key === row.key));
  const options = { title: titleOf(rows), ...iconsOf(rows), ...totalOf(rows, tasks) };
  return { id: fetchIdFor(tasks.map(carriedTask)), options, tasks };
}

function offeredTask({ row, reason, configuration, facts }: OfferedRow): OfferedTask | undefined {
  const { session, key, file } = row;
  const start = startOf(row, facts);
  const isLittle = start > 0 && (file?.total ?? 0) - start < MUCH_BYTES;
  // If the app insists on it, there is no other transport.
  if (isLittle && reason !== "asked-for") return undefined;
  return {
    session,
    key,
    start,
    reason,
    hasBody: row.hasBody === true,
    ...(row.bodyOf !== undefined && { bodyOf: row.bodyOf }),
    request: requestRecord(row, configuration, start),
    ...(start > 0 && file !== undefined && { fileId: file.fileId }),
  };
}

function startOf(row: TaskRow, facts: LiveFacts | undefined): number {
  const { validator, isSameOrigin } = row.file ?? {};
  // If-Range may not be sent to another origin.
  if (facts === undefined) return validator?.kind === "etag" && isSameOrigin ? row.bytesReceived : 0;
  const { bytesReceived = row.bytesReceived, bytesPerSecond = 0 } = facts;
  return Math.ceil(bytesReceived + Math.max(MIN_AHEAD_BYTES, (bytesPerSecond * AHEAD_MS) / 1000));
}

function requestRecord(row: TaskRow, configuration: StoredConfiguration, start: number): RequestRecord {
  const { request, file, idempotencyKey } = row;
  return {
    ...request,
    cache: "no-store",
    headers: {
      ...configuration.httpAdditionalHeaders,
      ...request.headers,
      ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      // Without If-Range, a file that changed meanwhile would be a mixture of two versions, reported as success.
      ...(start > 0 && file?.validator !== undefined && { "if-range": file.validator.value }),
      ...(start > 0 && { range: rangeFrom(start) }),
    },
  };
}

export function rangeFrom(start: number): string {
  return `bytes=${start}-`;
}

/** The browser shows it to the user, so it has no words of ours: they would have to be in the user's language. */
function titleOf(rows: readonly TaskRow[]): string {
  const [first] = rows;
  const name = first?.description ?? (first && fileNameOf(new URL(first.request.url))) ?? "";
  return rows.length === 1 ? name : `${name} (+${rows.length - 1})`;
}

function fileNameOf({ pathname, hostname }: URL): string {
  const name = pathname.split("/").findLast((piece) => piece !== "") ?? hostname;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function iconsOf(rows: readonly TaskRow[]): { icons?: { src: string }[] } {
  const src = rows.find((row) => row.notification?.icon !== undefined)?.notification?.icon;
  return src === undefined ? {} : { icons: [{ src }] };
}

/** The browser fails a fetch that exceeds this total, so it is given only if all lengths are certain. */
function totalOf(rows: readonly TaskRow[], tasks: readonly OfferedTask[]): { downloadTotal?: number } {
  const lengths = rows.map(({ file }) =>
    file?.isTotalSure ? (file.total ?? UNKNOWN_LENGTH) : UNKNOWN_LENGTH,
  );
  if (lengths.includes(UNKNOWN_LENGTH)) return {};
  const starts = tasks.reduce((sum, { start }) => sum + start, 0);
  return { downloadTotal: lengths.reduce((sum, length) => sum + length, 0) - starts };
}
