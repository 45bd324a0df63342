import { unsupportedReason } from "../../protocol/supported-address.ts";
import type { BodyContent } from "../../store/schema.ts";
import { isLost } from "../../store/stored-blobs.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Run } from "../ports/transport.ts";
import type { Watchdog } from "../ports/watchdog.ts";
import { diagnoseSilence, type Finding } from "./block-probe.ts";
import { sentRequest } from "./sent-request.ts";

/** A request that got no answer. */
export interface Unanswered {
  readonly request: Request;
  /** What `send` threw. */
  readonly error: unknown;
  readonly body: BodyContent | undefined;
  readonly watchdog: Watchdog;
  /** It asked for the rest of a body. */
  readonly isResuming?: boolean;
  /** It probably broke off in the middle of its body. */
  readonly isUnderWay?: boolean;
}

/** Returns the outcome of an attempt whose request got no answer: it waits only if waiting may help (F2). */
export async function outcomeWithoutAnswer(run: Run, unanswered: Unanswered): Promise<Outcome> {
  const { request, error, body, watchdog, isResuming = false, isUnderWay = false } = unanswered;
  const outcome = run.outcomeOf(error);
  if (outcome.kind !== "unanswered") return outcome;
  // The browser reports a lost body like a broken connection.
  const isBodyLost = await isLost(body);
  if (run.signal.aborted) return { kind: "stopped" };
  if (isBodyLost) return { kind: "failed", failure: BODY_UNREADABLE };
  const unsupported = unsupportedReason(sentRequest(request).url);
  if (unsupported !== undefined)
    return { kind: "failed", failure: { code: "unsupported-url", message: unsupported } };
  if (watchdog.isExpired) {
    return { ...outcome, message: "no answer within timeoutIntervalForRequest", isSuspectedBlock: false };
  }
  return isUnderWay
    ? outcome
    : afterFinding(await diagnoseSilence(run, request, isResuming), outcome.message);
}

function afterFinding(finding: Finding, message: string): Outcome {
  switch (finding) {
    case "silent":
      return { kind: "unanswered", message, isSuspectedBlock: false };
    case "blocked":
      return { kind: "unanswered", message, isSuspectedBlock: true };
    case "redirected-to-blocked":
      return { kind: "unanswered", message, isSuspectedBlock: true, isRedirected: true };
    case "dead-end":
      return { kind: "unusable", reason: DEAD_END, hasProgressed: false };
  }
}

const DEAD_END =
  "a redirect that leads nowhere (a loop, a server that is down, or an address that browsers refuse)";

const BODY_UNREADABLE = {
  code: "file-missing",
  message:
    "The browser can no longer read the stored body of the request. Make the task again, with the body.",
} as const;
