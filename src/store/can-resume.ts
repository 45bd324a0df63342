import { bytesOnDisk } from "./bytes-on-disk.ts";
import type { TaskRow } from "./schema.ts";

/** Whether a failed task can be resumed; what there is of it is kept for the retention time (T7). */
export function canResume(row: TaskRow): boolean {
  const { kind, failure, isResumable, file, isReceived } = row;
  if (failure === undefined || (failure.code === "cancelled" && !isResumable)) return false;
  if (kind === "upload") return failure.code !== "file-missing" && hasBody(row);
  return file !== undefined && (isReceived || (file.validator !== undefined && bytesOnDisk(row) > 0));
}

/** Whether its request has a body, in the row or beside it. */
export function hasBody({ hasBody, request }: TaskRow): boolean {
  return hasBody === true || request?.body !== undefined;
}
