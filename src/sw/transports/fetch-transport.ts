import { type Failure, SessionError } from "../../protocol/session-error.ts";
import { bodyInitOf, sizeOf } from "../../store/bodies.ts";
import type { BodyContent } from "../../store/schema.ts";
import { isLost } from "../../store/stored-blobs.ts";
import type { Asked } from "../answer-judgement.ts";
import { type Outcome, retryOf } from "../outcome.ts";
import { isBlocked, isReachable } from "./block-probe.ts";
import { type Asking, JudgedAttempt } from "./judged-attempt.ts";
import { Unwanted } from "./part-writer.ts";
import { storageFailure } from "./storage-failure.ts";
import { requestOf, wantsFile } from "./task-request.ts";
import { type Run, SLOWEST_BYTES_PER_MS } from "./transport.ts";
import { Watchdog } from "./watchdog.ts";

/** Moves the bytes with `fetch` in the daemon itself. */
export function fetchTransport(run: Run): Promise<Outcome> {
  return attemptWith(run, (watchdog) => new Fetching(run, watchdog));
}

/** Makes an attempt and says what became of it, whatever is thrown. */
export async function attemptWith(run: Run, askingFor: (watchdog: Watchdog) => Asking): Promise<Outcome> {
  const watchdog = new Watchdog(run.configuration.timeoutIntervalForRequest * 1000, run.signal);
  try {
    return await new JudgedAttempt(run, watchdog, askingFor(watchdog)).make();
  } catch (error) {
    return outcomeOfError(error, run);
  } finally {
    watchdog.stop();
  }
}

function outcomeOfError(error: unknown, run: Run): Outcome {
  if (run.signal.aborted || error instanceof Unwanted) return { kind: "stopped" };
  const message = `The request could not be made: ${String(error)}`;
  return storageFailure(error) ?? { kind: "failed", failure: { code: "bad-response", message } };
}

class Fetching implements Asking {
  readonly #run: Run;
  readonly #watchdog: Watchdog;

  constructor(run: Run, watchdog: Watchdog) {
    this.#run = run;
    this.#watchdog = watchdog;
  }

  about(offset: number): Asked {
    const { request, file } = this.#run.row;
    const isFile = wantsFile(this.#run);
    const isRanged = isFile && this.#isRanged(offset);
    return { method: request.method, isFile, offset, isRanged, file };
  }

  isSameOrigin(response: Response): boolean {
    return response.type === "basic";
  }

  /** A download asks its own origin for `bytes=0-` at first, since that forces a body that can be resumed. */
  #isRanged(offset: number): boolean {
    const { row, host } = this.#run;
    const { method, url } = row.request;
    if (method !== "GET" || row.file?.isUnranged) return false;
    return offset > 0 || (new URL(url).origin === host.origin && !this.#isOtherTry());
  }

  /**
   * It may be the range that fails: Chromium fails one of a body that the server codes nevertheless, as if there had been
   * no answer, and servers answer 500 to what they do not know. So every other try goes without, and the last one.
   */
  #isOtherTry(): boolean {
    const { row, configuration } = this.#run;
    const { backoff, failures } = row;
    if (backoff === undefined) return false;
    const isLast = failures > 0 && failures >= retryOf(row, configuration).limit;
    return isLast || backoff.tries % 2 === (backoff.isUnanswered ? 1 : 0);
  }

  async ask(asked: Asked): Promise<Response | Outcome> {
    const { row, signal } = this.#run;
    const body = row.hasBody ? await this.#storedBody() : undefined;
    const request = requestOf(this.#run, asked, body, this.#watchdog.signal);
    // Nobody is told how a body goes out; silence begins when even a slow line has sent it.
    if (body !== undefined) this.#watchdog.reset(sizeOf(body) / SLOWEST_BYTES_PER_MS);
    try {
      return await this.#run.send(request, body && bodyInitOf(body));
    } catch (error) {
      // A browser says no more of it than of a broken connection.
      const isBodyLost = !signal.aborted && (await isLost(body));
      if (signal.aborted) return { kind: "stopped" };
      if (isBodyLost) return { kind: "failed", failure: BODY_UNREADABLE };
      const message = this.#watchdog.isExpired ? "no answer within timeoutIntervalForRequest" : String(error);
      const isResuming = asked.isRanged && asked.offset > 0;
      const isThere = isResuming ? isReachable : isBlocked;
      const isSuspectedBlock = !this.#watchdog.isExpired && (await isThere(this.#run, request));
      return { kind: "unanswered", message, isSuspectedBlock };
    }
  }

  async #storedBody(): Promise<BodyContent> {
    const body = await this.#run.body();
    if (body !== undefined) return body;
    throw new SessionError("file-missing", "The body of the request is no longer on disk.");
  }
}

const BODY_UNREADABLE: Failure = {
  code: "file-missing",
  message:
    "The browser can no longer read the stored body of the request. Make the task again, with the body.",
};
