import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { SessionErrorCode } from "../../protocol/session-error.ts";
import { type ResponseHead, UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import { isFinished } from "../../protocol/task-state.ts";
import { freshUpload } from "../../store/bodies.ts";
import { bytesOnDisk } from "../../store/bytes-on-disk.ts";
import type { FileRow, TaskRow, UploadRow } from "../../store/schema.ts";
import { headOf } from "../../store/task-info-of.ts";
import { changed, ended, transition } from "../../store/tasks.ts";
import { afterStep, nextStep } from "./finishing.ts";
import { withMirrors } from "./mirrors.ts";
import type { Outcome } from "./outcome.ts";
import { mayRepeat, nextBackoff, retryOf } from "./retry-policy.ts";
import { blocked, lost } from "./unanswered-failures.ts";
import { withoutProof } from "./without-proof.ts";

/** After this many failures in a row while the host can be reached, the request counts as blocked. */
export const MAX_SUSPECTED_BLOCKS = 3;

/** After this many failures of Background Fetch, only the worker fetches. */
const MAX_TURN_BACKS = 5;

export interface OutcomeFacts {
  readonly now: number;
  /** 0 to 1, drawn for this outcome. */
  readonly jitter: number;
  readonly configuration: StoredConfiguration;
  /** The app has been asked about such an answer since the attempt began: its news may not have been in the request. */
  readonly isAnswered?: boolean;
}

/** Returns the row after a run ended with `outcome`: a pure function, and the only one that decides on retries. */
export function afterOutcome(row: TaskRow, outcome: Outcome, facts: OutcomeFacts): TaskRow {
  if (isFinished(row.state) || outcome.kind === "stopped") return row;
  return withMirrors(row, decided(row, outcome, facts), outcome);
}

function decided(row: TaskRow, outcome: Exclude<Outcome, { kind: "stopped" }>, facts: OutcomeFacts): TaskRow {
  const attempts = row.isReceived ? row.attempts : row.attempts + 1;
  const counted = changed(row, { attempts, hold: undefined, isReceived: undefined, isVerified: undefined });
  switch (outcome.kind) {
    case "finished":
      return afterFinished(row, counted, outcome, facts.now);
    case "failed": {
      const { failure, response = row.response, dropsBytes } = outcome;
      // What cannot be read is asked for again.
      const isReceived = failure.code === "storage-lost" ? undefined : row.isReceived;
      const isVerified = isReceived && row.isVerified;
      const answered = changed(counted, { response, isReceived, isVerified });
      return ended(dropsBytes ? withoutBytes(answered) : answered, failure, facts.now);
    }
    case "unanswered":
      return afterNoAnswer(counted, outcome, facts);
    case "interrupted":
      return outcome.hasProgressed
        ? afterProgress(counted, outcome, facts)
        : afterAnsweredFailure(counted, "network-lost", outcome.message, 0, facts);
    case "unusable":
      return afterAnsweredFailure(
        afterAnyProgress(counted, outcome),
        outcome.code ?? "bad-response",
        outcome.reason,
        0,
        facts,
      );
    case "refused":
      return afterAnsweredFailure(
        afterAnyProgress(counted, outcome),
        "bad-response",
        `HTTP ${outcome.status}`,
        outcome.retryAfterMs,
        facts,
      );
    case "turned-back":
      return afterTurnedBack(counted, outcome, facts);
    case "withheld":
      return afterWithheld(row, outcome, facts);
    case "restart":
      return afterRestart(counted, outcome, facts);
  }
}

/** The body is on disk, or the next step with it is done. */
function afterFinished(
  row: TaskRow,
  counted: TaskRow,
  { response, file, bytesReceived, bytes }: Extract<Outcome, { kind: "finished" }>,
  now: number,
): TaskRow {
  const upload = row.upload && acknowledged(row.upload, response.status);
  const isVerified = row.isReceived && row.isVerified;
  const stored = changed(counted, {
    response,
    file,
    bytesReceived,
    upload,
    isVerified,
    // A checkpoint would have set it.
    ...(bytes !== undefined && { bytesExpected: file?.total ?? UNKNOWN_LENGTH }),
  });
  const next = row.isReceived ? changed(stored, afterStep(row)) : stored;
  return nextStep(next) === undefined ? transition(next, "finish", now) : received(next);
}

function received(row: TaskRow): TaskRow {
  return changed(row, { isReceived: true, failures: 0, suspectedBlocks: undefined, backoff: undefined });
}

function withoutBytes(row: TaskRow): TaskRow {
  return changed(row, { response: headOf(row), file: undefined, bytesReceived: 0, isReceived: undefined });
}

/** Progress resets the count of failures. */
function afterAnyProgress(row: TaskRow, { hasProgressed }: { readonly hasProgressed?: boolean }): TaskRow {
  return hasProgressed ? changed(row, { failures: 0, backoff: undefined }) : row;
}

/** A 2xx acknowledges the whole body. */
function acknowledged({ answer: _, ...upload }: UploadRow, status: number): UploadRow {
  const isTaken = status >= 200 && status <= 299;
  return isTaken ? { ...upload, bytesAcknowledged: upload.sizeBytes ?? 0 } : upload;
}

function afterNoAnswer(
  row: TaskRow,
  { message, isSuspectedBlock, isRedirected }: Extract<Outcome, { kind: "unanswered" }>,
  facts: OutcomeFacts,
): TaskRow {
  const suspectedBlocks = isSuspectedBlock ? (row.suspectedBlocks ?? 0) + 1 : undefined;
  if (suspectedBlocks !== undefined && suspectedBlocks >= MAX_SUSPECTED_BLOCKS) {
    // Reading was allowed before, so the range is what fails: across origins the encoding of the first answer is hidden,
    // and Chromium fails a range of an encoded body as if there had been no answer.
    if (row.response !== undefined && bytesOnDisk(row) > 0) {
      return afterRestart(row, { kind: "restart", reason: "no answer to a range", isUnranged: false }, facts);
    }
    return ended(row, blocked(row.request.url, isRedirected), facts.now);
  }
  if (!mayRepeat(row, facts.configuration)) return ended(row, lost(message), facts.now);
  return changed(row, {
    suspectedBlocks,
    backoff: nextBackoff(row, facts, { isUnanswered: true, why: message }),
  });
}

/** The number of registrations is limited: the next one may fail for the same reason. */
function afterTurnedBack(
  row: TaskRow,
  { isForGood }: Extract<Outcome, { kind: "turned-back" }>,
  facts: OutcomeFacts,
): TaskRow {
  const turnBacks = (row.turnBacks ?? 0) + 1;
  return changed(row, {
    backgroundFetch: undefined,
    turnBacks,
    ...(isForGood || turnBacks >= MAX_TURN_BACKS
      ? { isTurnedBack: true }
      : { backoff: nextBackoff(row, facts, { isUnanswered: true }) }),
  });
}

/** The task waits until the app's hook allows it, or a page resumes it. This is no failure. */
function afterWithheld(
  row: TaskRow,
  { status, asksAgain, challenge }: Extract<Outcome, { kind: "withheld" }>,
  facts: OutcomeFacts,
): TaskRow {
  const attempts = status === undefined ? row.attempts : row.attempts + 1;
  const counted = changed(row, { attempts, hold: undefined, isSent: undefined, suspectedBlocks: undefined });
  if (challenge !== undefined) return challenged(counted, challenge, facts);
  return changed(counted, {
    hold: { asksAgain, ...(status !== undefined && { status }) },
    backoff: nextBackoff(row, facts),
  });
}

function challenged(row: TaskRow, response: ResponseHead, { isAnswered }: OutcomeFacts): TaskRow {
  if (isAnswered) return changed(row, { backoff: undefined });
  const hold = { asksAgain: false, asks: "didReceiveChallenge", status: response.status, response } as const;
  const { farthest, challengedAt = farthest, challenges = 0 } = row;
  // Its bytes have moved since the last one.
  const before = farthest > challengedAt ? 0 : challenges;
  return changed(row, { challenges: before + 1, challengedAt: farthest, hold });
}

/** Returns the row after a page asked a task on hold to try again. */
export function released(row: TaskRow): TaskRow {
  if (row.hold === undefined) return row;
  return changed(row, { hold: undefined, backoff: undefined, asksToBegin: undefined });
}

function afterProgress(
  row: TaskRow,
  { isEager, message }: Extract<Outcome, { kind: "interrupted" }>,
  facts: OutcomeFacts,
): TaskRow {
  const fresh = changed(row, {
    failures: 0,
    suspectedBlocks: undefined,
    turnBacks: undefined,
    backoff: undefined,
  });
  return isEager
    ? fresh
    : changed(fresh, { backoff: nextBackoff(fresh, facts, { isUnanswered: true, why: message }) });
}

function afterAnsweredFailure(
  row: TaskRow,
  code: SessionErrorCode,
  message: string,
  floorMs: number,
  facts: OutcomeFacts,
): TaskRow {
  const failures = row.failures + 1;
  const counted = changed(row, { failures, suspectedBlocks: undefined });
  if (failures > retryOf(row, facts.configuration).limit || !mayRepeat(row, facts.configuration)) {
    const given = `Given up after ${failures} failed answers in a row; the last one: ${message}.`;
    return ended(counted, { code, message: given }, facts.now);
  }
  return changed(counted, { backoff: nextBackoff(row, facts, { floorMs, why: message }) });
}

function afterRestart(
  row: TaskRow,
  outcome: Extract<Outcome, { kind: "restart" }>,
  facts: OutcomeFacts,
): TaskRow {
  // The first discovery that ranges do not work is no failure of the app's request.
  const isFirstUnranged = outcome.isUnranged && !row.file?.isUnranged;
  const next = isFirstUnranged
    ? changed(row, { suspectedBlocks: undefined })
    : afterAnsweredFailure(row, "bad-response", outcome.reason, 0, facts);
  // A server may show that it does not support ranges before there is a file: that must be remembered too.
  const file = row.file ?? (outcome.isUnranged ? noFile(row) : undefined);
  return changed(next, {
    bytesReceived: 0,
    // The first restart does not wait: nothing suggests that the server is in trouble.
    backoff: row.failures === 0 ? undefined : next.backoff,
    file: file && withoutProof(file, outcome.isUnranged),
    backgroundFetch: undefined,
    upload: row.upload && freshUpload(row.upload),
    ...(outcome.isUnsplit && { connections: undefined }),
  });
}

function noFile(row: TaskRow): FileRow {
  return { fileId: `${row.key}/0`, isSameOrigin: true, isTotalSure: false };
}
