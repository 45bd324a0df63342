import { originOf } from "../protocol/origin-of.ts";
import type { Failure } from "../protocol/session-error.ts";
import { isFinished } from "../protocol/task-state.ts";
import { bodyKeyOf, contentOf, freshUpload, isSpent, withoutBody } from "./bodies.ts";
import { canResume, hasUsableBytes } from "./can-resume.ts";
import type { WriteTransaction } from "./database.ts";
import type { BodyContent, FileRow, MirrorsRow, ResponseRow, TaskRow } from "./schema.ts";
import { getTask } from "./sound-row.ts";
import { changed, ended, replaceRow, type TaskChange } from "./tasks.ts";

/** A finished task: its successor sends the same body and continues from the bytes that are still on disk. */
export interface Predecessor {
  readonly key: string;
  /** The new task came from resume data: without the bytes it is useless. */
  readonly mustResume: boolean;
  /** Its request has a body and must not be sent without it. */
  readonly hasBody: boolean;
}

/** What is written of a new task. */
export interface Content {
  readonly row: TaskRow;
  /** A body that is too large for the row. */
  readonly body?: BodyContent;
}

/** Returns `row` with what it takes over; if that is gone, the row is finished at once. */
export async function successor(
  tx: WriteTransaction,
  row: TaskRow,
  after: Predecessor,
  now: number,
): Promise<Content> {
  const before = await getTask(tx, row.session, after.key);
  if (row.kind === "upload") return uploadAfter(tx, row, before, after, now);
  const { connections = before?.connections, mirrors = mirrorsAfter(row, before) } = row;
  const next = changed(row, { connections, mirrors });
  const file = before?.failure === undefined ? undefined : before.file;
  if (before !== undefined && file !== undefined && hasUsableBytes(before)) {
    const content = after.hasBody ? await withBodyOf(tx, next, before, now) : { row: next };
    // What is received as a whole needs no body any more.
    const { row: based, ...body } = isFinished(content.row.state) ? { row: next } : content;
    const emptied = { file: undefined, bytesReceived: 0, isReceived: undefined, isVerified: undefined };
    await replaceRow(tx, before, changed(before, emptied));
    return { ...body, row: changed(based, takenFrom(before, file, row)) };
  }
  if (after.mustResume) return { row: ended(row, RESUME_DATA_INVALID, now) };
  return after.hasBody ? withBodyOf(tx, next, before, now) : { row: next };
}

/** It begins with the URL of its own request. */
function mirrorsAfter({ request }: TaskRow, before: TaskRow | undefined): MirrorsRow | undefined {
  const [_, ...others] = before?.mirrors?.urls ?? [];
  return before?.mirrors && { urls: [request.url, ...others], at: 0, untried: others.length };
}

/** What is received as a whole is not asked for again; its destination goes with it. */
function takenFrom(before: TaskRow, file: FileRow, row: TaskRow): TaskChange {
  const { bytesReceived, bytesExpected, farthest, isReceived, response } = before;
  const isSame = row.request.integrity === before.request.integrity;
  const isVerified = isReceived && isSame ? before.isVerified : undefined;
  return {
    ...{ bytesReceived, bytesExpected, farthest, isReceived, isVerified },
    file: fileFor(row, file, before),
    response: isReceived ? response : headOfFile(before),
    destination: row.destination ?? before.destination,
  };
}

/** Keeps only what is true for the new URL: another server may behave differently. */
export function fileFor({ request }: TaskRow, file: FileRow, before: TaskRow): FileRow {
  if (request.url === before.request.url) return file;
  const { isUnranged: _, ...rest } = file;
  const isSameOrigin = file.isSameOrigin && originOf(request.url) === originOf(before.request.url);
  return { ...rest, isSameOrigin };
}

/** Only a head with status 200 belongs to the file; any other belongs to a refusal. */
function headOfFile({ response }: TaskRow): ResponseRow | undefined {
  return response?.status === 200 ? response : undefined;
}

async function withBodyOf(
  tx: WriteTransaction,
  row: TaskRow,
  before: TaskRow | undefined,
  now: number,
): Promise<Content> {
  const inline = before?.request.body;
  if (inline !== undefined) return { row: { ...row, request: { ...row.request, body: inline } } };
  const stored = before && (await tx.objectStore("bodies").get(bodyKeyOf(before)));
  if (before === undefined || stored === undefined) return withoutItsBody(row, before, BODY_MISSING, now);
  await replaceRow(tx, before, { ...before, isBodyCopied: true });
  return { row: { ...row, hasBody: true }, body: contentOf(stored) };
}

/**
 * An upload takes the body and its progress from its predecessor instead of copying them: two tasks that continue one
 * upload would corrupt it.
 */
async function uploadAfter(
  tx: WriteTransaction,
  row: TaskRow,
  before: TaskRow | undefined,
  after: Predecessor,
  now: number,
): Promise<Content> {
  const without = (failure: Failure): Content => withoutItsBody(row, before, failure, now);
  if (after.mustResume && (before === undefined || !canResume(before))) return without(RESUME_DATA_INVALID);
  // A small body is still in the row, but the rule is the same as for a larger one that was deleted.
  if (before !== undefined && isSpent(before)) return without(BODY_MISSING);
  if (before?.upload === undefined) return after.hasBody ? without(BODY_MISSING) : { row };
  const upload = before.failure === undefined ? freshUpload(before.upload) : before.upload;
  const taken = after.hasBody ? await bodyTakenFrom(tx, before, row) : {};
  if (taken === undefined) return without(BODY_MISSING);
  await replaceRow(tx, before, { ...withoutBody(before), upload: freshUpload(before.upload) });
  const { farthest, idempotencyKey } = before;
  return { row: changed(row, { ...taken, upload, farthest, ...(after.mustResume && { idempotencyKey }) }) };
}

/** Returns a task that has failed for lack of its body. It had one: no retry of it may be sent without. */
function withoutItsBody(row: TaskRow, before: TaskRow | undefined, failure: Failure, now: number): Content {
  const upload = before?.upload && freshUpload(before.upload);
  return { row: changed(ended(row, failure, now), { isBodyGone: true, upload }) };
}

/** A body in `bodies` stays under the key of the task that had it first. */
async function bodyTakenFrom(
  tx: WriteTransaction,
  before: TaskRow,
  row: TaskRow,
): Promise<TaskChange | undefined> {
  const { body } = before.request;
  if (body !== undefined) return { request: { ...row.request, body } };
  const isStored = before.hasBody && (await tx.objectStore("bodies").getKey(bodyKeyOf(before))) !== undefined;
  return isStored ? { hasBody: true, bodyOf: before.bodyOf ?? before.key } : undefined;
}

const RESUME_DATA_INVALID = {
  code: "resume-data-invalid",
  message:
    "The bytes that the resume data stands for are no longer kept, or were taken up before. Begin anew.",
} as const;

const BODY_MISSING = {
  code: "file-missing",
  message:
    "The body of the finished task is no longer kept: it was sent, cancelled, or taken up before. Make a new task with it.",
} as const;
