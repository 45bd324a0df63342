import { SessionError, type SessionErrorCode } from "../protocol/session-error.ts";
import { storageError } from "../store/database.ts";
import { ForbiddenByPolicy } from "./forbidden-by-policy.ts";
import { textOf, withoutQueries } from "./log.ts";
import type { Outcome } from "./outcome.ts";
import { Unwanted } from "./transports/part-writer.ts";

/** What an attempt was doing when something was thrown. Whatever breaks off a body is `interrupted`, see receive-body.ts. */
export const MOMENTS = [
  "making the request",
  "asking willSend",
  "taking the answer of willSend",
  "sending",
  "working",
] as const;
export type Moment = (typeof MOMENTS)[number];

/** What was thrown. */
export const CAUSES = ["unwanted", "known", "policy", "aborted", "disk", "dom", "type", "other"] as const;
export type Cause = (typeof CAUSES)[number];

/** How the attempt ends. `unanswered` alone is tried again without being counted. */
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

/** A fault of ours. What is known to be something else says so itself. */
const OURS: Row = {
  unwanted: "stopped",
  known: "failed",
  policy: "blocked",
  aborted: "internal",
  disk: "internal",
  dom: "internal",
  type: "internal",
  other: "internal",
};

const ENDS: { readonly [At in Moment]: Row } = {
  "making the request": OURS,
  // The app's hook may throw because a token cannot be had just now: it is asked again (U5).
  "asking willSend": whatever("withheld"),
  // It returned something that no request can be made of, which is counted.
  "taking the answer of willSend": whatever("unusable"),
  // `fetch` rejects with a TypeError for everything that a network can do, and with an AbortError after a silence.
  sending: { ...OURS, aborted: "unanswered", disk: "unanswered", dom: "unanswered", type: "unanswered" },
  // Reading and writing the disk, judging an answer, and everything else.
  working: { ...OURS, aborted: "storage", disk: "storage" },
};

function whatever(end: End): Row {
  return Object.fromEntries(CAUSES.map((cause) => [cause, end])) as Row;
}

/** Something that was thrown, and what the attempt was doing. */
export class Thrown extends Error {
  readonly moment: Moment;

  constructor(moment: Moment, cause: unknown) {
    super(moment, { cause });
    this.moment = moment;
  }
}

/** Runs `body`, and has what it throws say what the attempt was doing. */
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
  if (error instanceof DOMException && error.name === "AbortError") return "aborted";
  if (storageError(error) instanceof SessionError) return "disk";
  if (error instanceof DOMException) return "dom";
  return error instanceof TypeError ? "type" : "other";
}

export function endOf(moment: Moment, cause: Cause): End {
  return ENDS[moment][cause];
}

/** Returns what becomes of an attempt that threw. Each outcome but `unanswered` is final or counted. */
export function outcomeOfError(error: unknown, isStopped: boolean): Outcome {
  const [moment, cause] = error instanceof Thrown ? [error.moment, error.cause] : ["working" as const, error];
  if (isStopped) return { kind: "stopped" };
  const text = withoutQueries(messageOf(cause));
  switch (endOf(moment, causeOf(cause))) {
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
        reason: `willSend returned what cannot be sent (${text})`,
        hasProgressed: false,
      };
    case "internal":
      return { ...failed("internal", internalMessage(moment, text)), stack: withoutQueries(stackOf(cause)) };
  }
}

function failed(code: SessionErrorCode, message: string) {
  return { kind: "failed", failure: { code, message } } as const;
}

function internalMessage(moment: Moment, text: string): string {
  return (
    `The daemon failed while ${moment}: ${text}. This is not tried again. Please report it with the ` +
    "daemon's log (startDaemon({ onlog })), which has the stack."
  );
}

/** What `failure` has to say, without the name of its class. */
function messageOf(failure: unknown): string {
  return failure instanceof SessionError || failure instanceof ForbiddenByPolicy
    ? failure.message
    : textOf(failure);
}

function stackOf(cause: unknown): string {
  return cause instanceof Error && cause.stack ? cause.stack : textOf(cause);
}
