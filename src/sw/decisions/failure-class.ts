import { SessionError, type SessionErrorCode } from "../../protocol/session-error.ts";
import { withoutUrlSecrets } from "../../protocol/without-url-secrets.ts";
import { storageError } from "../../store/database.ts";
import { textOf } from "../log.ts";
import { ForbiddenByPolicy, Unwanted } from "./attempt-errors.ts";
import type { Outcome } from "./outcome.ts";

/** What an attempt was doing when something was thrown. A body that breaks off is `interrupted`, see receive-body.ts. */
export type Moment =
  | "making the request"
  | "asking willSend"
  | "taking the answer of willSend"
  | "sending"
  | "working";

/** What was thrown. */
export type Cause =
  /** The task does not want the bytes any more. */
  | "unwanted"
  /** A `SessionError`, which says what it is. */
  | "known"
  /** The browser's policies forbade the request. */
  | "policy"
  /** A `DOMException` that the disk throws, or an abort. */
  | "disk"
  /** A `TypeError`, as `fetch` throws, or any other `DOMException`. */
  | "platform"
  | "other";

/** How the attempt ends. Only `unanswered` and `withheld` are retried without being counted. */
export type End =
  | "stopped"
  | "failed"
  | "blocked"
  | "storage"
  | "unanswered"
  | "withheld"
  | "unusable"
  | "internal";

type Row = { readonly [Of in Cause]: End };

/** A bug of ours, unless the error says what it is. */
const OURS: Row = {
  unwanted: "stopped",
  known: "failed",
  policy: "blocked",
  disk: "internal",
  platform: "internal",
  other: "internal",
};

export const ENDS: { readonly [At in Moment]: Row } = {
  "making the request": OURS,
  // The app's hook may throw because it cannot get a token right now: it is asked again (U5).
  "asking willSend": whatever("withheld"),
  // It returned something that is no valid request, which is counted.
  "taking the answer of willSend": whatever("unusable"),
  // `fetch` rejects with a TypeError for every network failure, and with an AbortError after a silence.
  sending: { ...OURS, disk: "unanswered", platform: "unanswered" },
  // Reading and writing the disk, judging an answer, and so on.
  working: { ...OURS, disk: "storage" },
};

function whatever(end: End): Row {
  return { unwanted: end, known: end, policy: end, disk: end, platform: end, other: end };
}

/** Wraps an error with what the attempt was doing. */
export class Thrown extends Error {
  readonly moment: Moment;

  constructor(moment: Moment, cause: unknown) {
    super(moment, { cause });
    this.moment = moment;
  }
}

/** Runs `body`, and wraps what it throws in `Thrown`. */
export function during<Result>(moment: Moment, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    throw new Thrown(moment, error);
  }
}

export function causeOf(error: unknown): Cause {
  if (error instanceof Unwanted) return "unwanted";
  if (error instanceof ForbiddenByPolicy) return "policy";
  if (error instanceof SessionError) return "known";
  if (storageError(error) instanceof SessionError) return "disk";
  return error instanceof TypeError || error instanceof DOMException ? "platform" : "other";
}

/** Returns the outcome of an attempt that threw. All but `unanswered` and `withheld` are final or counted. */
export function outcomeOfError(error: unknown, isStopped: boolean): Outcome {
  const [moment, cause] = error instanceof Thrown ? [error.moment, error.cause] : ["working" as const, error];
  if (isStopped) return { kind: "stopped" };
  const text = withoutUrlSecrets(messageOf(cause));
  switch (ENDS[moment][causeOf(cause)]) {
    case "stopped":
      return { kind: "stopped" };
    case "failed":
      return failed((cause as SessionError).code, text);
    case "blocked":
      return failed("blocked", text);
    case "storage":
      return outcomeOfError(storageError(cause), false);
    case "unanswered":
      return { kind: "unanswered", message: text };
    case "withheld":
      return { kind: "withheld", asksAgain: true };
    case "unusable":
      return {
        kind: "unusable",
        code: "internal",
        reason: `willSend returned something that cannot be sent (${text})`,
        hasProgressed: false,
      };
    case "internal":
      return {
        ...failed("internal", internalMessage(moment, text)),
        stack: withoutUrlSecrets(stackOf(cause)),
      };
  }
}

function failed(code: SessionErrorCode, message: string) {
  return { kind: "failed", failure: { code, message } } as const;
}

function internalMessage(moment: Moment, text: string): string {
  return (
    `The daemon failed while ${moment}: ${text}. Trying again would not help. Please report it with the daemon's log ` +
    "(onlog), which has the stack."
  );
}

/** Returns the message of `failure`, without the name of its class. */
function messageOf(failure: unknown): string {
  return failure instanceof SessionError || failure instanceof ForbiddenByPolicy
    ? failure.message
    : textOf(failure);
}

function stackOf(cause: unknown): string {
  return cause instanceof Error && cause.stack ? cause.stack : textOf(cause);
}
