import type { Failure } from "../../protocol/session-error.ts";
import { storageError } from "../../store/database.ts";
import { lengthOf, readParts } from "../../store/parts.ts";
import type { DestinationRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { textOf } from "../log.ts";
import type { Run } from "../ports/transport.ts";
import { putInCache } from "./put-in-cache.ts";
import { StoredBody } from "./stored-body.ts";
import { writeFile } from "./write-file.ts";

/** Copies the body on disk to the destination of its task. It is read piece by piece, and never as a whole. */
export async function place(run: Run): Promise<Outcome> {
  const { row, host, signal, progress } = run;
  const { response, file, bytesReceived, destination, session } = row;
  if (response === undefined || destination === undefined) return BYTES_LOST;
  progress.tell("finishing", bytesReceived, file, response);
  const parts = file === undefined ? [] : await readParts(host.database, session, file.fileId);
  if (lengthOf(parts) !== bytesReceived) return BYTES_LOST;
  const body = new StoredBody(parts, signal);
  try {
    if ("opfs" in destination) await writeFile(destination.opfs, body, host.database.name);
    else await putInCache(destination, response, bytesReceived, body, host.database.name);
  } catch (error) {
    if (signal.aborted) return { kind: "stopped" };
    // The parts are at fault, not the destination.
    if (body.readError !== undefined) throw body.readError;
    return { kind: "failed", failure: failureOf(destination, error) };
  }
  return { kind: "finished", response, file, bytesReceived };
}

const BYTES_LOST: Outcome = {
  kind: "restart",
  reason: "bytes that were to be placed are gone",
  isUnranged: false,
};

function failureOf(destination: DestinationRow, error: unknown): Failure {
  const [where, reasons] =
    "opfs" in destination
      ? [`"${destination.opfs}" in the origin private file system`, FILE_REASONS]
      : [`the cache "${destination.cache}"`, {}];
  const { code } = storageError(error) as { code?: unknown };
  const isFull = code === "storage-full";
  const [reason, advice] = isFull ? FULL : (reasons[nameOf(error)] ?? [textOf(error), "Remove the cause"]);
  const message =
    `The file was received, but could not be placed at ${where}: ${reason}. ${advice}, and go on with session.retry() ` +
    "or the resume data, with another destination if you like: the bytes are kept, and the server is not asked again.";
  return { code: isFull ? "storage-full" : "destination-failed", message };
}

function nameOf(error: unknown): string {
  return String((error as { name?: unknown } | undefined)?.name);
}

type Reason = readonly [reason: string, advice: string];

const FULL: Reason = ["the browser's storage for this site is full", "Free space"];

const FILE_REASONS: Readonly<Record<string, Reason>> = {
  TypeMismatchError: [
    "a directory has the name of the file, or a file the name of a directory",
    "Remove or rename it",
  ],
  NoModificationAllowedError: ["a script has the file open for writing", "Close it"],
  NotSupportedError: ["this browser cannot write files in this worker", "Choose a cache instead"],
};
