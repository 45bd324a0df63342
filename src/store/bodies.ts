import { hasBody } from "./can-resume.ts";
import type { Database, WriteTransaction } from "./database.ts";
import type { BodyContent, BodyRow, TaskRow, UploadRow } from "./schema.ts";

/** Returns the row of a body in `bodies`. */
export function bodyRow({ session, key }: TaskRow, content: BodyContent): BodyRow {
  return content instanceof Blob
    ? { session, key, body: content }
    : { session, key, body: new Blob([]), form: content };
}

/** Returns the key of the body of a task. */
export function bodyKeyOf({
  session,
  key,
  bodyOf,
}: Pick<TaskRow, "session" | "key" | "bodyOf">): [string, string] {
  return [session, bodyOf ?? key];
}

/** Returns a row whose body is deleted or taken over: its request must not be repeated without it. */
export function withoutBody(row: TaskRow): TaskRow {
  const { body: _, ...request } = row.request;
  const { hasBody: __, bodyOf: ___, ...rest } = row;
  return { ...rest, request, ...(hasBody(row) && { isBodyGone: true }) };
}

/** Deletes the body of a task from `bodies`. If another task took it over, it is still under this one's key. */
export async function deleteBody(tx: WriteTransaction, row: TaskRow): Promise<void> {
  if (row.hasBody) await tx.objectStore("bodies").delete(bodyKeyOf(row));
}

export function contentOf({ body, form }: BodyRow): BodyContent {
  return form ?? body;
}

/** Reads the body of a request from its row or from `bodies`; undefined if there is none any more. */
export async function readBody(
  database: Database,
  row: Pick<TaskRow, "session" | "key" | "request" | "bodyOf"> & { readonly hasBody?: boolean },
): Promise<BodyContent | undefined> {
  if (row.request.body !== undefined) return new Blob([row.request.body]);
  if (!row.hasBody) return undefined;
  const stored = await database.read(["bodies"], (tx) => tx.objectStore("bodies").get(bodyKeyOf(row)));
  return stored && contentOf(stored);
}

/**
 * Deletes the body of an upload that will not be sent again: the server has it, or the app cancelled it. The body of any
 * other finished task is deleted with its row, so that the task can be retried (T7).
 */
export async function deleteSpentBody(tx: WriteTransaction, row: TaskRow): Promise<void> {
  if (row.kind === "upload" && isSpent(row)) await deleteBody(tx, row);
}

/** Whether its body will not be sent again. */
export function isSpent({ failure, response, isResumable }: TaskRow): boolean {
  if (failure !== undefined) return failure.code === "cancelled" && !isResumable;
  return response !== undefined && response.status >= 200 && response.status <= 299;
}

/** Whether the bytes can still be read: the user may have deleted or changed a file since choosing it. */
export async function isReadable(content: BodyContent): Promise<boolean> {
  const blobs = content instanceof Blob ? [content] : content.map(([, value]) => value);
  try {
    for (const blob of blobs) {
      // A browser does not look for the file when an empty slice is read.
      if (blob instanceof Blob) await (blob.size === 0 ? blob : blob.slice(0, 1)).arrayBuffer();
    }
    return true;
  } catch {
    return false;
  }
}

/** Whether a file is empty: Chromium reports a deleted file as empty, and stores it so. */
export function hasEmptyFile(content: BodyContent): boolean {
  const blobs = content instanceof Blob ? [content] : content.map(([, value]) => value);
  return blobs.some((blob) => blob instanceof File && blob.size === 0);
}

/** Returns the size of a body; for a form an estimate, since it is encoded later. */
export function sizeOf(content: BodyContent): number {
  if (content instanceof Blob) return content.size;
  return content.reduce((sum, [, value]) => sum + (value instanceof Blob ? value.size : value.length), 0);
}

/** Returns the same upload as if the server had nothing of it. */
export function freshUpload({ parts: _, answer: __, state: ___, ...upload }: UploadRow): UploadRow {
  return { ...upload, bytesAcknowledged: 0 };
}

/** Returns a body in the form that `fetch` takes. */
export function bodyInitOf(content: BodyContent): Blob | FormData {
  if (content instanceof Blob) return content;
  const form = new FormData();
  for (const [name, value, fileName] of content) {
    if (fileName === undefined || typeof value === "string") form.append(name, value);
    else form.append(name, value, fileName);
  }
  return form;
}
