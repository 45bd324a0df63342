import type { Failure } from "../../protocol/session-error.ts";
import type { ResponseHead } from "../../protocol/task-info.ts";
import { lengthOf, readParts, usableOf } from "../../store/parts.ts";
import type { FileRow, PartRow } from "../../store/schema.ts";
import { type Asked, type Entity, type Judgement, judgeAnswer } from "../decisions/answer-judgement.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { mayRefuseRange } from "../decisions/range-refusal.ts";
import { isRetryable, mayRepeat } from "../decisions/retry-policy.ts";
import type { Run } from "../ports/transport.ts";
import type { Watchdog } from "../ports/watchdog.ts";
import { type Receiving, receiveBody } from "./receive-body.ts";
import { refusalOf } from "./refusal.ts";
import { asWhole, headOf } from "./response-head.ts";

/** Gives an attempt its answer: that of a request of our own, or of one that the browser made. */
export interface AnswerSource {
  /** Returns what to ask for when `onDisk` bytes are on disk. */
  about(onDisk: number): Asked;
  /** An outcome ends the attempt. */
  ask(asked: Asked, onDisk: number): Promise<Response | Outcome>;
  /** Whether every header of the answer can be read. */
  isSameOrigin(response: Response): boolean;
  /** Returns the parts on disk that this answer would continue. @default those from 0 on, up to a gap */
  storedParts?(): Promise<readonly PartRow[]>;
  /** Returns how to receive a body. @default all of it, after those parts */
  reception?(receiving: Receiving): Reception;
}

/** A way to receive a body. */
export interface Reception {
  /** How much of the file is on disk. */
  readonly onDisk: number;
  receive(): Promise<Outcome>;
}

/**
 * One attempt at getting a body onto the disk, whatever its source:
 *
 *     ask ──no answer──→ unanswered
 *      │ ↺  once without a range            (501 …)
 *      │
 *     judge ──try later──→ refused        (503 …)
 *      │    ──no rest──→ failed           (403 …; the bytes are kept)
 *      │    ──no proof──→ restart         (from 0, in a new file)
 *      │
 *     receive ──breaks off──→ interrupted (what is on disk stays)
 *      │
 *     check ──too long──→ restart
 *      └──→ finished
 */
export async function judgedAttempt(run: Run, watchdog: Watchdog, source: AnswerSource): Promise<Outcome> {
  const { row, host } = run;
  const parts = await (source.storedParts?.() ?? storedParts(run));
  const onDisk = lengthOf(parts);
  if (row.response !== undefined && isWhole(row.file, row.response, onDisk)) {
    return { kind: "finished", response: row.response, file: row.file, bytesReceived: onDisk };
  }
  // A background fetch began, and may have been answered, long before we look at its answer.
  const askedAt = row.backgroundFetch?.startedAt ?? host.now();
  run.progress.tell("connecting", onDisk);
  let asked = source.about(onDisk);
  let response = await source.ask(asked, onDisk);
  // The app gets what a plain request would get: if a refusal may be about our range, we ask again without it.
  const isRangeRefused = mayRefuseRange(asked, response);
  if (isRangeRefused) {
    watchdog.reset();
    asked = { ...asked, isRanged: false };
    response = await source.ask(asked, onDisk);
  }
  if ("kind" in response) return response;
  watchdog.reset();
  const { status, headers } = response;
  const mayRetry = isRetryable(status) && mayRepeat(row, run.configuration);
  const refusal = mayRetry ? refusalOf(run, response) : undefined;
  if (refusal !== undefined) return refusal;
  const isSameOrigin = source.isSameOrigin(response);
  const judgement = judgeAnswer(asked, { status, headers, isSameOrigin, askedAt });
  const head = headOf(response);
  return follow(judgement, {
    run,
    watchdog,
    source,
    asked,
    response,
    head,
    parts,
    isSameOrigin,
    isRangeRefused,
  });
}

/** Returns the parts on disk that can be resumed; none if their version cannot be proved. */
async function storedParts({ row, host }: Run): Promise<readonly PartRow[]> {
  if (row.bytesReceived === 0 || row.file === undefined) return [];
  if (row.file.validator === undefined && row.file.total !== row.bytesReceived) return [];
  return usableOf(await readParts(host.database, row.session, row.file.fileId, row.bytesReceived));
}

interface Answer {
  readonly run: Run;
  readonly watchdog: Watchdog;
  readonly source: AnswerSource;
  readonly asked: Asked;
  readonly response: Response;
  readonly head: ResponseHead;
  readonly parts: readonly PartRow[];
  readonly isSameOrigin: boolean;
  readonly isRangeRefused: boolean;
}

async function follow(judgement: Judgement, answer: Answer): Promise<Outcome> {
  const { run, asked, head, parts } = answer;
  const { row } = run;
  const onDisk = lengthOf(parts);
  switch (judgement.kind) {
    case "unusable":
      return { kind: "restart", reason: judgement.reason, isUnranged: judgement.isUnranged };
    case "refused":
      return { kind: "failed", failure: restRefused(head.status, onDisk), response: head };
    case "complete": {
      const file = row.file ?? newFile(answer, { isTotalSure: true, total: 0 });
      return { kind: "finished", response: row.response ?? asWhole(head), file, bytesReceived: onDisk };
    }
    case "rest": {
      if (row.file === undefined) throw new Error("a rest without a beginning");
      const file: FileRow = { ...row.file, ...judgement.entity };
      const shown = row.response ?? asWhole(head, file.total);
      return receive(answer, file, shown, judgement.end);
    }
    case "whole": {
      const shown = head.status === 206 && asked.isFile ? asWhole(head) : head;
      return receive({ ...answer, parts: [] }, newFile(answer, judgement.entity), shown, judgement.end);
    }
  }
}

function newFile({ run, isSameOrigin, isRangeRefused }: Answer, entity: Entity): FileRow {
  const isUnranged = isRangeRefused || run.row.file?.isUnranged;
  return { fileId: crypto.randomUUID(), isSameOrigin, ...entity, ...(isUnranged && { isUnranged }) };
}

async function receive(
  { run, watchdog, source, response, parts, asked: { isRanged } }: Answer,
  file: FileRow,
  head: ResponseHead,
  end: number | undefined,
): Promise<Outcome> {
  const receiving = { run, watchdog, response, parts, head, file, end, isRanged };
  const { onDisk, receive } = source.reception?.(receiving) ?? {
    onDisk: lengthOf(parts),
    receive: () => receiveBody(receiving),
  };
  const missing = await missingSpace(run, file.total, onDisk);
  if (missing !== undefined) return missing;
  if (onDisk > 0) run.reportResumed(onDisk);
  return receive();
}

/** A download that does not fit is not started (D6). If its length is unknown, it is as long as the app expects. */
async function missingSpace(
  { row, host }: Run,
  total: number | undefined,
  offset: number,
): Promise<Outcome | undefined> {
  const length = total ?? row.clientExpectsToReceive;
  if (length === undefined || row.kind !== "download") return undefined;
  const needed = length - offset;
  const free = await host.freeBytes(needed);
  if (free === undefined || free >= needed) return undefined;
  const message =
    `The download needs ${needed} bytes more and the browser has ${free} left for this site. ` +
    "Free space, or ask for persistent storage, then retry.";
  return { kind: "failed", failure: { code: "storage-full", message } };
}

export function restRefused(status: number, sizeBytes: number): Failure {
  const message =
    `The server answered HTTP ${status} when it was asked for the rest. ${sizeBytes} bytes are kept for the ` +
    "session's retention time: resume with session.downloadTask({ resumeData }), or from a fresh URL with " +
    "downloadTask({ resumeData, request }). The error has the resumeData.";
  return { code: "bad-response", message };
}

/** Whether nothing is left to ask for. Two fields of the row must agree, since it may be damaged. */
function isWhole(file: FileRow | undefined, { headers }: ResponseHead, onDisk: number): file is FileRow {
  const length = headers["content-length"] ?? onDisk;
  return onDisk > 0 && file?.isTotalSure === true && file.total === onDisk && Number(length) === onDisk;
}
