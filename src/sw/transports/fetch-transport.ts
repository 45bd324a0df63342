import { SessionError } from "../../protocol/session-error.ts";
import { bodyInitOf, sizeOf } from "../../store/bodies.ts";
import type { BodyContent } from "../../store/schema.ts";
import type { Asked } from "../answer-judgement.ts";
import { during } from "../failure-class.ts";
import type { Outcome } from "../outcome.ts";
import { type Asking, JudgedAttempt } from "./judged-attempt.ts";
import { withoutAnswer } from "./no-answer.ts";
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
    return run.outcomeOf(error);
  } finally {
    watchdog.stop();
  }
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
    const { row } = this.#run;
    const content = row.hasBody ? await this.#storedBody() : undefined;
    const body = content === undefined ? row.request.body : bodyInitOf(content);
    const request = during("making the request", () =>
      requestOf(this.#run, asked, body, this.#watchdog.signal),
    );
    // Nobody is told how a body goes out; silence begins when even a slow line has sent it.
    if (content !== undefined) this.#watchdog.reset(sizeOf(content) / SLOWEST_BYTES_PER_MS);
    try {
      return await this.#run.send(request, body);
    } catch (error) {
      const isResuming = asked.isRanged && asked.offset > 0;
      return withoutAnswer(this.#run, {
        request,
        error,
        body: content,
        watchdog: this.#watchdog,
        isResuming,
      });
    }
  }

  async #storedBody(): Promise<BodyContent> {
    const body = await this.#run.body();
    if (body !== undefined) return body;
    throw new SessionError("file-missing", "The body of the request is no longer on disk.");
  }
}
