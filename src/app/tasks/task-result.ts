import { cleanedName } from "../../protocol/file-name.ts";
import type { ResumeData } from "../../protocol/resume-data.ts";
import { SessionError } from "../../protocol/session-error.ts";
import type { ResponseHead, TaskInfo } from "../../protocol/task-info.ts";
import type { Database } from "../../store/database.ts";
import { isStripped } from "../../store/history.ts";
import { readParts } from "../../store/parts.ts";
import type { StoredPart, TaskRow } from "../../store/schema.ts";
import { holdFile } from "../../store/stored-blobs.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";

/** Bytes of a finished task are lost for good. */
export class BytesLost extends SessionError {}

/** The result of a task. */
export interface TaskResult {
  /** The answer, with its body except for downloads; undefined if there was none. No status is an error. */
  readonly response?: Response;
  /**
   * The downloaded file, backed by the disk, or by memory up to 64 KiB; undefined if it was placed at its `destination`.
   */
  readonly file?: File;
  /** Why the task failed. */
  readonly error?: SessionError;
}

/**
 * Reads the result of a finished task; without its bytes if they were deleted after its events were settled.
 * @param read what its file consists of, if that was read before
 */
export async function readResult(
  database: Database,
  row: TaskRow,
  read?: readonly StoredPart[],
): Promise<TaskResult> {
  const error = errorOf(taskInfoOf(row));
  const parts = await partsOf(database, row, read);
  const hasBytes = error === undefined && !isStripped(row) && !row.isPlaced;
  const body = row.kind === "download" ? null : bodyOf(row, parts, hasBytes);
  const response = row.response && responseOf(row.response, body);
  const file = row.kind === "download" && hasBytes ? fileOf(row, parts) : undefined;
  if (file !== undefined && row.file !== undefined) holdFile(database, row.file.fileId, file);
  return {
    ...(response !== undefined && { response }),
    ...(file !== undefined && { file }),
    ...(error !== undefined && { error }),
  };
}

/** Returns why a task failed, as the app is told. */
export function errorOf(info: TaskInfo): SessionError | undefined {
  const { failure, session, id } = info;
  if (failure === undefined) return undefined;
  const resumeData = resumeDataOf(info);
  return SessionError.from(failure, { identifier: session, taskId: id, ...(resumeData && { resumeData }) });
}

/** Returns what a failed or cancelled task can be resumed from; undefined if it cannot. */
export function resumeDataOf(info: TaskInfo): ResumeData | undefined {
  const { session, key, request, kind, uploadProtocol: protocol } = info;
  if (!info.canResume) return undefined;
  const data = { version: 1, session, key, request } as const;
  return { ...data, ...(kind === "upload" && { kind }), ...(protocol !== undefined && { protocol }) };
}

async function partsOf(
  database: Database,
  row: TaskRow,
  read: readonly StoredPart[] | undefined,
): Promise<readonly StoredPart[]> {
  if (row.failure !== undefined || row.response?.body !== undefined || row.isPlaced || isStripped(row))
    return [];
  const parts = read ?? (row.file ? await readParts(database, row.session, row.file.fileId) : []);
  const length = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (length === row.bytesReceived) return parts;
  throw new BytesLost(
    "storage-lost",
    `${row.bytesReceived - length} of ${row.bytesReceived} bytes of the finished task are gone from the browser's storage.`,
    { identifier: row.session, taskId: row.id },
  );
}

/** A failed task shows no partial body, but the answer that made it fail is complete. */
function bodyOf({ response }: TaskRow, parts: readonly StoredPart[], hasBytes: boolean): BodyInit | null {
  return response?.body ?? (hasBytes ? new Blob(parts.map((part) => part.bytes)) : null);
}

function fileOf(row: TaskRow, parts: readonly StoredPart[]): File {
  const headers = row.response?.headers ?? {};
  const modified = Date.parse(headers["last-modified"] ?? "");
  return new File(
    parts.map((part) => part.bytes),
    row.response?.suggestedFilename ?? nameOf(row.response?.url ?? row.request.url),
    { type: headers["content-type"] ?? "", lastModified: Number.isNaN(modified) ? row.createdAt : modified },
  );
}

/** Returns the last part of the path, cleaned. */
function nameOf(url: string): string {
  // A response that was constructed rather than fetched has no URL.
  const { pathname } = URL.canParse(url) ? new URL(url) : { pathname: "" };
  const last = pathname.split("/").findLast((segment) => segment !== "") ?? "";
  return cleanedName(decoded(last)) || "download";
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Returns a `Response` with a stored head; its `url` and the like have to be defined by hand. */
export function responseOf(head: ResponseHead, body: BodyInit | null): Response {
  const { status, headers } = head;
  const hasNullBody = [101, 103, 204, 205, 304].includes(status);
  // A Cache and `respondWith` take the status that it is made with. The network has others than may be given here.
  const init = status >= 200 && status <= 599 ? { status, headers } : { headers };
  return withFacts(new Response(hasNullBody ? null : body, init), head);
}

/** Returns a result with a response of its own, since a body can be read only once. */
export function copyOf(result: TaskResult): TaskResult {
  const { response } = result;
  return response === undefined || response.bodyUsed
    ? result
    : { ...result, response: withFacts(response.clone(), response) };
}

export function isOk(status: number): boolean {
  return status >= 200 && status <= 299;
}

type Facts = Pick<Response, "url" | "status" | "statusText" | "redirected">;

function withFacts(response: Response, { url, status, statusText, redirected }: Facts): Response {
  const facts = { url, status, statusText, redirected, ok: isOk(status) };
  for (const [name, value] of Object.entries(facts)) Object.defineProperty(response, name, { value });
  return response;
}
