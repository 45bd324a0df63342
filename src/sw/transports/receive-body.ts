import { type ResponseHead, UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import { lengthOf } from "../../store/parts.ts";
import type { FileRow, PartRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Run } from "../ports/transport.ts";
import type { Watchdog } from "../ports/watchdog.ts";
import { PartWriter } from "./part-writer.ts";

/** Bodies of up to this size are stored with the outcome; those of data tasks and uploads in the task's row. */
export const INLINE_BYTES: number = 64 * 1024;

/** A body to receive. */
export interface Receiving {
  readonly run: Run;
  readonly watchdog: Watchdog;
  readonly response: Response;
  /** As the app sees it. */
  readonly head: ResponseHead;
  /** The file that the bytes belong to, and its parts on disk. */
  readonly file: FileRow;
  readonly parts: readonly PartRow[];
  /** The end of the answered range. */
  readonly end: number | undefined;
  /** We asked for a range; if not, a range in the answer tells nothing about the server's support for ranges. */
  readonly isRanged: boolean;
}

/** Writes a body to disk, and checks what came against what was promised. */
export async function receiveBody(receiving: Receiving): Promise<Outcome> {
  const { run, file, head, parts } = receiving;
  const writer = new PartWriter({
    database: run.host.database,
    session: run.row.session,
    key: run.row.key,
    fileId: file.fileId,
    stored: parts,
    change: {
      file,
      response: head,
      bytesExpected: file.total ?? UNKNOWN_LENGTH,
      suspectedBlocks: undefined,
    },
    now: run.host.now,
  });
  const broken = await pump(receiving, writer);
  return broken === undefined ? check(receiving, writer) : interrupted(receiving, writer, broken);
}

/** Passes the body to the writer. @returns what broke it off, if anything did */
async function pump(receiving: Receiving, writer: PartWriter): Promise<string | undefined> {
  const { run, response, head, file, watchdog } = receiving;
  const reader = response.body?.getReader();
  if (reader === undefined) return undefined;
  for (;;) {
    run.progress.tell("transferring", writer.length, file, head);
    const chunk = await reader.read().catch((error: unknown) => String(error));
    if (typeof chunk === "string") {
      return watchdog.isExpired ? "no data within timeoutIntervalForRequest" : chunk;
    }
    if (chunk.done) return undefined;
    watchdog.reset();
    run.progress.add(chunk.value.byteLength);
    const isEnough = await take(run, writer, chunk.value).catch((error: unknown) => {
      writer.discard();
      throw error;
    });
    if (!isEnough) continue;
    watchdog.stop();
    return undefined;
  }
}

/** @returns whether the rest belongs to another transport */
async function take(run: Run, writer: PartWriter, bytes: Uint8Array): Promise<boolean> {
  const wanted = Math.max(0, (run.limit() ?? Number.POSITIVE_INFINITY) - writer.length);
  if (wanted > 0) await writer.write(bytes.subarray(0, wanted));
  return wanted <= bytes.byteLength;
}

async function interrupted({ run }: Receiving, writer: PartWriter, message: string): Promise<Outcome> {
  // If WebKit is ending the worker, it keeps the row of a part written now but loses its bytes.
  writer.hold();
  if (!run.signal.aborted) await run.host.untilSafe?.();
  // Also if we were told to stop: the next run resumes from this checkpoint.
  await writer.flush();
  if (run.signal.aborted) return { kind: "stopped" };
  return { kind: "interrupted", message, hasProgressed: hasProgressed(run, writer) };
}

async function check(receiving: Receiving, writer: PartWriter): Promise<Outcome> {
  const { run, file, head, end, parts, isRanged } = receiving;
  const { length } = writer;
  const { total } = file;
  run.progress.tell("finishing", length, file, head);
  // At most the answered range, which is at most the whole.
  const most = end ?? (file.isTotalSure ? total : undefined) ?? length;
  if (length > most) {
    writer.discard();
    return { kind: "restart", reason: `${length} bytes came where ${most} were promised`, isUnranged: false };
  }
  if (total !== undefined && length < total - (file.isTotalSure ? 0 : maxEncodingOverhead(total))) {
    await writer.flush();
    const message = `the body ended after ${length} of ${total} bytes`;
    // A server may cap its ranges: that is no failure, and the next range follows at once.
    const isCapped = end === length;
    if (isRanged && isCapped && isTrickle(length - lengthOf(parts), total - length)) {
      writer.discard();
      return {
        kind: "restart",
        reason: `${message}, a range at a time that brings next to nothing`,
        isUnranged: true,
      };
    }
    const isEager = isCapped || length === run.limit();
    return { kind: "interrupted", message, hasProgressed: hasProgressed(run, writer), isEager };
  }
  if (length <= INLINE_BYTES && !writer.hasWritten && parts.length === 0) {
    const bytes = writer.take();
    return run.row.kind === "download"
      ? { kind: "finished", response: head, file, bytesReceived: length, bytes }
      : { kind: "finished", response: { ...head, body: bytes }, file: undefined, bytesReceived: length };
  }
  await writer.flush();
  return { kind: "finished", response: head, file, bytesReceived: length };
}

/** A capped range that brings less is worth a request only if few such ranges are left. */
const WORTHWHILE_BYTES = 64 * 1024;
const FEW_RANGES = 16;

/** Whether ranges this short would need many requests in a row: such a server does not really support ranges. */
export function isTrickle(broughtBytes: number, missingBytes: number): boolean {
  return broughtBytes < Math.min(WORTHWHILE_BYTES, missingBytes / FEW_RANGES);
}

/**
 * An unsure total may be the encoded length of a body. An encoding makes an incompressible body longer by at most this
 * much, so a body that is shorter by more broke off: WebKitGTK ends such a body as if it were whole.
 */
function maxEncodingOverhead(total: number): number {
  return 1024 + total / 256;
}

function hasProgressed({ row }: Run, writer: PartWriter): boolean {
  return writer.length > row.farthest;
}
