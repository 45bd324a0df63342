import type { FileRow } from "../../store/schema.ts";
import type { Asked } from "../decisions/answer-judgement.ts";
import { during } from "../decisions/failure-class.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { judgeSegment } from "../decisions/segment-answer.ts";
import type { Run } from "../ports/transport.ts";
import type { Watchdog } from "../ports/watchdog.ts";
import { restRefused } from "../transports/judged-attempt.ts";
import { headOf } from "../transports/response-head.ts";
import { requestOf } from "../transports/task-request.ts";
import type { Segment } from "./segment.ts";

/** The body of a proven answer, which has the bytes of a segment up to `end`. */
export interface SegmentBody {
  readonly response: Response;
  readonly watchdog: Watchdog;
  readonly end: number;
  /** Returns what broke it off, if it was not the network. */
  readonly ended?: () => SegmentEnd | undefined;
}

/** How a connection ends: with all others, or alone. */
export interface SegmentEnd {
  readonly outcome: Outcome;
  readonly isFinal?: true;
}

export function isEnd(answer: SegmentBody | SegmentEnd): answer is SegmentEnd {
  return "outcome" in answer;
}

/** Asks for the missing bytes of a segment, and judges the answer. @param received how much there is of the file */
export async function askForSegment(
  run: Run,
  file: FileRow,
  segment: Pick<Segment, "at" | "end">,
  watchdog: Watchdog,
  received: number,
): Promise<SegmentBody | SegmentEnd> {
  const { method } = run.row.request;
  const asked: Asked = { method, isFile: true, offset: segment.at, isRanged: true, file };
  const askedAt = run.host.now();
  const response = await sent({ ...run, limit: () => segment.end }, asked, watchdog);
  // What is neither a matter of this connection nor of the network ends the task: a policy, or the app's hook.
  if ("kind" in response) return { outcome: response, ...(response.kind === "failed" && { isFinal: true }) };
  watchdog.reset();
  const { status, headers } = response;
  const answer = judgeSegment(asked, { status, headers, isSameOrigin: response.type === "basic", askedAt });
  switch (answer.kind) {
    case "proved":
      return { response, watchdog, end: answer.end };
    case "later": {
      const refusal = run.refusal(response, received > run.row.farthest);
      return { outcome: refusal ?? refused(response, received) };
    }
    case "refused":
      return { outcome: refused(response, received) };
    case "contradiction":
      return contradiction(answer.reason);
  }
}

/** The bytes do not belong together: the file is fetched again, on one connection. */
export function contradiction(reason: string): SegmentEnd {
  return { isFinal: true, outcome: { kind: "restart", reason, isUnranged: false, isUnsplit: true } };
}

async function sent(run: Run, asked: Asked, watchdog: Watchdog): Promise<Response | Outcome> {
  try {
    return await run.send(
      during("making the request", () => requestOf(run, asked, undefined, watchdog.signal)),
    );
  } catch (error) {
    return run.outcomeOf(error);
  }
}

function refused(response: Response, received: number): Outcome {
  return { kind: "failed", failure: restRefused(response.status, received), response: headOf(response) };
}
