import { bytesOnDisk } from "./bytes-on-disk.ts";
import type { TaskRow } from "./schema.ts";

/** Whether a failed task can be resumed; what there is of it is kept for the retention time (T7). */
export function canResume(row: TaskRow): boolean {
  const { kind, failure, isResumable } = row;
  if (failure === undefined || (failure.code === "cancelled" && !isResumable)) return false;
  if (kind === "upload") return failure.code !== "file-missing" && hasBody(row);
  return hasUsableBytes(row);
}

/**
 * Whether a successor can go on from the bytes on disk: they are all there, or the rest can be asked for, which only a
 * request without a body can.
 */
export function hasUsableBytes(row: TaskRow): boolean {
  const { file, request, isReceived } = row;
  if (file === undefined || isReceived) return file !== undefined;
  return file.validator !== undefined && bytesOnDisk(row) > 0 && request?.method === "GET" && !hasBody(row);
}

/** Whether its request has a body, in the row or beside it. */
export function hasBody({ hasBody, request }: TaskRow): boolean {
  return hasBody === true || request?.body !== undefined;
}
