import { type Failure, SessionError } from "../../protocol/session-error.ts";
import { bodyInitOf, sizeOf } from "../../store/bodies.ts";
import type { BodyContent } from "../../store/schema.ts";
import { isLost } from "../../store/stored-blobs.ts";
import type { Asked } from "../answer-judgement.ts";
import type { Outcome } from "../outcome.ts";
import { isBlocked, isReachable } from "./block-probe.ts";
import { type Asking, JudgedAttempt } from "./judged-attempt.ts";
import { Unwanted } from "./part-writer.ts";
import { storageFailure } from "./storage-failure.ts";
import { requestOf } from "./task-request.ts";
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
    const { method } = this.#run.row.request;
    return { method, offset, isRanged: this.#isRanged(offset), file: this.#run.row.file };
  }

  isSameOrigin(response: Response): boolean {
    return response.type === "basic";
  }

  /** A download asks its own origin for `bytes=0-` at first, since that forces a body that can be resumed. */
  #isRanged(offset: number): boolean {
    const { row, host } = this.#run;
    const { method, url, headers } = row.request;
    if (row.kind !== "download" || method !== "GET" || "range" in headers || row.file?.isUnranged)
      return false;
    if (offset > 0) return true;
    // Chromium fails a range of a body that the server codes nevertheless, as if there had been no answer: every
    // other try goes without.
    const isOtherTry = row.backoff?.isUnanswered === true && row.backoff.tries % 2 === 1;
    return new URL(url).origin === host.origin && !isOtherTry;
  }

  async ask(asked: Asked): Promise<Response | Outcome> {
    const { row, signal } = this.#run;
    const content = row.hasBody ? await this.#storedBody() : undefined;
    const body = content === undefined ? row.request.body : bodyInitOf(content);
    const request = requestOf(this.#run, asked, body, this.#watchdog.signal);
    // Nobody is told how a body goes out; silence begins when even a slow line has sent it.
    if (content !== undefined) this.#watchdog.reset(sizeOf(content) / SLOWEST_BYTES_PER_MS);
    try {
      return await this.#run.send(request, body);
    } catch (error) {
      // A browser says no more of it than of a broken connection.
      const isBodyLost = !signal.aborted && (await isLost(content));
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
