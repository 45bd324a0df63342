import { SessionError } from "../../protocol/session-error.ts";
import { bodyInitOf, sizeOf } from "../../store/bodies.ts";
import type { BodyContent } from "../../store/schema.ts";
import { during } from "../decisions/failure-class.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { retryOf } from "../decisions/retry-policy.ts";
import { type Run, SLOWEST_BYTES_PER_MS } from "../ports/transport.ts";
import { Watchdog } from "../ports/watchdog.ts";
import { type AnswerSource, judgedAttempt } from "./judged-attempt.ts";
import { outcomeWithoutAnswer } from "./no-answer.ts";
import { requestOf, wantsFile } from "./task-request.ts";

/** Moves the bytes with `fetch` in the daemon. */
export function fetchTransport(run: Run): Promise<Outcome> {
  // It may have got more places, in case that it could use them.
  run.keepConnections(1);
  return attemptWith(run, (watchdog) => fetching(run, watchdog));
}

/** Makes an attempt. Never rejects: an error becomes an outcome. */
export async function attemptWith(
  run: Run,
  sourceFor: (watchdog: Watchdog) => AnswerSource,
): Promise<Outcome> {
  const watchdog = new Watchdog(run.configuration.timeoutIntervalForRequest * 1000, run.signal);
  try {
    return await judgedAttempt(run, watchdog, sourceFor(watchdog));
  } catch (error) {
    return run.outcomeOf(error);
  } finally {
    watchdog.stop();
  }
}

/** Gets an answer with `fetch`. @param isInRanges a download begins with a range at other origins too */
export function fetching(run: Run, watchdog: Watchdog, isInRanges = false): AnswerSource {
  const { row } = run;
  return {
    about(offset) {
      const isFile = wantsFile(run);
      const isRanged = isFile && wantsRange(run, offset, isInRanges);
      return { method: row.request.method, isFile, offset, isRanged, file: row.file };
    },

    isSameOrigin: (response) => response.type === "basic",

    async ask(asked) {
      const content = row.hasBody ? await storedBody(run) : undefined;
      const body = content === undefined ? row.request.body : bodyInitOf(content);
      const request = during("making the request", () => requestOf(run, asked, body, watchdog.signal));
      // fetch reports no upload progress, so the silence begins when even a slow line has sent the body.
      if (content !== undefined) watchdog.reset(sizeOf(content) / SLOWEST_BYTES_PER_MS);
      try {
        return await run.send(request, body);
      } catch (error) {
        const isResuming = asked.isRanged && asked.offset > 0;
        return outcomeWithoutAnswer(run, { request, error, body: content, watchdog, isResuming });
      }
    },
  };
}

/** At our own origin a download begins with `bytes=0-`, since that forces a body that can be resumed. */
function wantsRange(run: Run, offset: number, isInRanges: boolean): boolean {
  const { method, url } = run.row.request;
  if (method !== "GET" || run.row.file?.isUnranged) return false;
  const isAtOnce = isInRanges || new URL(url).origin === run.host.origin;
  return offset > 0 || (isAtOnce && !isUnrangedTry(run));
}

/**
 * The range itself may be what fails: Chromium fails a range of a body that the server encodes, as if there had been no
 * answer, and some servers answer 500 to what they do not know. So every other try, and the last, goes without a range.
 */
function isUnrangedTry({ row, configuration }: Run): boolean {
  const { backoff, failures } = row;
  if (backoff === undefined) return false;
  const isLast = failures > 0 && failures >= retryOf(row, configuration).limit;
  return isLast || backoff.tries % 2 === (backoff.isUnanswered ? 1 : 0);
}

async function storedBody(run: Run): Promise<BodyContent> {
  const body = await run.body();
  if (body !== undefined) return body;
  throw new SessionError("file-missing", "The body of the request is no longer on disk.");
}
