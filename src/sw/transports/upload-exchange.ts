import { during } from "../decisions/failure-class.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { type Exchange, type RequestDetails, type Run, SLOWEST_BYTES_PER_MS } from "../ports/transport.ts";
import { Watchdog } from "../ports/watchdog.ts";
import { outcomeWithoutAnswer, type Unanswered } from "./no-answer.ts";
import { sentRequest } from "./sent-request.ts";

/** Sends one request of an upload. @returns the answer, or how the run ends without one */
export async function exchangeOf(
  run: Run,
  details: RequestDetails,
  bytesAcknowledged: number,
): Promise<(Exchange & { readonly request: Request }) | Outcome> {
  const watchdog = new Watchdog(run.configuration.timeoutIntervalForRequest * 1000, run.signal);
  watchdog.reset((details.body?.size ?? 0) / SLOWEST_BYTES_PER_MS);
  try {
    const request = during("making the request", () => run.request(details, watchdog.signal));
    const response = await run
      .send(request, details.body)
      .catch((error) => unanswered(run, { request, error, body: details.body, watchdog }, bytesAcknowledged));
    if (!("kind" in response)) {
      watchdog.reset();
      return { sentUrl: sentRequest(request).url, response, watchdog, request };
    }
    watchdog.stop();
    return response;
  } catch (error) {
    watchdog.stop();
    throw error;
  }
}

async function unanswered(run: Run, unanswered: Unanswered, bytesAcknowledged: number): Promise<Outcome> {
  const isUnderWay = bytesAcknowledged > 0 && unanswered.body !== undefined;
  const outcome = await outcomeWithoutAnswer(run, { ...unanswered, isUnderWay });
  if (outcome.kind !== "unanswered" || bytesAcknowledged <= run.row.farthest) return outcome;
  return { kind: "interrupted", message: outcome.message, hasProgressed: true };
}
