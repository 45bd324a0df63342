import { isLost } from "../../store/stored-blobs.ts";
import { askedUrl } from "../asked-url.ts";
import { type Outcome, retryOf } from "../outcome.ts";
import { retryAfterMs } from "../retry-policy.ts";
import { isBlocked } from "./block-probe.ts";
import { type Exchange, type RequestDetails, type Run, SLOWEST_BYTES_PER_MS } from "./transport.ts";
import { Watchdog } from "./watchdog.ts";

/** Sends one of the requests of an upload. @returns the answer, or how the run ends without one */
export async function exchangeOf(
  run: Run,
  details: RequestDetails,
  bytesAcknowledged: number,
): Promise<(Exchange & { readonly request: Request }) | Outcome> {
  const watchdog = new Watchdog(run.configuration.timeoutIntervalForRequest * 1000, run.signal);
  watchdog.reset((details.body?.size ?? 0) / SLOWEST_BYTES_PER_MS);
  const request = run.request(details, watchdog.signal);
  try {
    const response = await run.send(request, details.body);
    if ("kind" in response) {
      watchdog.stop();
      return response;
    }
    watchdog.reset();
    return { askedUrl: askedUrl(request), response, watchdog, request };
  } catch (error) {
    watchdog.stop();
    const message = watchdog.isExpired ? "no answer within timeoutIntervalForRequest" : String(error);
    return unanswered(run, request, details, { bytesAcknowledged, message, isSilence: watchdog.isExpired });
  }
}

interface Silence {
  readonly bytesAcknowledged: number;
  readonly message: string;
  /** Nothing came for too long: a block would have shown at once. */
  readonly isSilence: boolean;
}

async function unanswered(
  run: Run,
  request: Request,
  { body }: RequestDetails,
  { bytesAcknowledged, message, isSilence }: Silence,
): Promise<Outcome> {
  // A browser says no more of it than of a broken connection.
  const isBodyLost = !run.signal.aborted && (await isLost(body));
  if (run.signal.aborted) return { kind: "stopped" };
  if (isBodyLost) return { kind: "failed", failure: BODY_UNREADABLE };
  if (bytesAcknowledged > run.row.farthest) return { kind: "interrupted", message, hasProgressed: true };
  const isSuspectedBlock = !isSilence && bytesAcknowledged === 0 && (await isBlocked(run, request));
  return { kind: "unanswered", message, isSuspectedBlock };
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

const BODY_UNREADABLE = {
  code: "file-missing",
  message:
    "The browser can no longer read the stored body of the upload. Make the task again, with the body.",
} as const;
