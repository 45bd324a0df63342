import { during } from "../decisions/failure-class.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { retryAfterMs, retryOf } from "../decisions/retry-policy.ts";
import { type Exchange, type RequestDetails, type Run, SLOWEST_BYTES_PER_MS } from "../ports/transport.ts";
import { Watchdog } from "../ports/watchdog.ts";
import { askedUrl } from "./asked-url.ts";
import { type Unanswered, withoutAnswer } from "./no-answer.ts";

/** Sends one of the requests of an upload. @returns the answer, or how the run ends without one */
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
      return { askedUrl: askedUrl(request), response, watchdog, request };
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
  const outcome = await withoutAnswer(run, { ...unanswered, isUnderWay });
  if (outcome.kind !== "unanswered" || bytesAcknowledged <= run.row.farthest) return outcome;
  return { kind: "interrupted", message: outcome.message, hasProgressed: true };
}

/** Returns the outcome of an answer that asks for another try; undefined where that was the last one. */
export function refusalOf(
  run: Run,
  { status, headers }: Response,
  hasProgressed: boolean,
): Outcome | undefined {
  const { row, configuration, host } = run;
  // Progress starts the count anew, also where no failure at all is borne.
  if ((hasProgressed ? 0 : row.failures) >= retryOf(row, configuration).limit) return undefined;
  const delayMs = retryAfterMs(headers.get("retry-after"), host.now());
  return { kind: "refused", status, retryAfterMs: delayMs, hasProgressed };
}
