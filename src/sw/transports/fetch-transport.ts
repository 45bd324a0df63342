import { type Failure, SessionError } from "../../protocol/session-error.ts";
import type { ResponseHead } from "../../protocol/task-info.ts";
import { isReadable, sizeOf } from "../../store/bodies.ts";
import { lengthOf, type PartMark, readParts } from "../../store/parts.ts";
import type { BodyContent, FileRow } from "../../store/schema.ts";
import { type Asked, type Judgement, judgeAnswer } from "../answer-judgement.ts";
import { mayRepeat, type Outcome, retryOf } from "../outcome.ts";
import { isRetryable, retryAfterMs } from "../retry-policy.ts";
import { isBlocked, isReachable } from "./block-probe.ts";
import { Unwanted } from "./part-writer.ts";
import { receiveBody } from "./receive-body.ts";
import { asWhole, headOf } from "./response-head.ts";
import type { RunReport } from "./run-report.ts";
import { storageFailure } from "./storage-failure.ts";
import { bodyInit, requestOf } from "./task-request.ts";
import { type Run, SLOWEST_BYTES_PER_MS } from "./transport.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * Moves the bytes with `fetch` in the daemon itself:
 *
 *     ask ──no answer──→ unanswered
 *      │
 *     judge ──try later──→ refused        (503 …)
 *      │    ──no proof──→ restart         (from 0, in a new file)
 *      │
 *     receive ──breaks off──→ interrupted (what is on disk stays)
 *      │
 *     check ──too long──→ restart
 *      └──→ finished
 */
export async function fetchTransport(run: Run): Promise<Outcome> {
  const watchdog = new Watchdog(run.configuration.timeoutIntervalForRequest * 1000, run.signal);
  try {
    return await new FetchAttempt(run, watchdog).make();
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

class FetchAttempt {
  readonly #run: Run;
  readonly #watchdog: Watchdog;
  readonly #report: RunReport;

  constructor(run: Run, watchdog: Watchdog) {
    this.#run = run;
    this.#watchdog = watchdog;
    this.#report = run.progress;
  }

  async make(): Promise<Outcome> {
    const { row, host } = this.#run;
    const parts = await this.#storedParts();
    const offset = lengthOf(parts);
    if (offset > 0 && row.file?.isTotalSure && row.file.total === offset && row.response !== undefined) {
      return { kind: "finished", response: row.response, file: row.file, bytesReceived: offset };
    }
    const asked: Asked = {
      method: row.request.method,
      offset,
      isRanged: this.#isRanged(offset),
      file: row.file,
    };
    this.#report.tell("connecting", offset);
    const response = await this.#ask(asked);
    if ("kind" in response) return response;
    this.#watchdog.reset();
    const head = headOf(response);
    if (this.#isTryLater(response.status)) {
      const delayMs = retryAfterMs(response.headers.get("retry-after"), host.now());
      return this.#leave(response, { kind: "refused", status: response.status, retryAfterMs: delayMs });
    }
    const isSameOrigin = response.type === "basic";
    const judgement = judgeAnswer(asked, {
      status: response.status,
      headers: response.headers,
      isSameOrigin,
    });
    return this.#follow(judgement, { response, head, parts, isSameOrigin });
  }

  /** What is on disk and may be gone on from; nothing where its version could not be proved. */
  async #storedParts(): Promise<readonly PartMark[]> {
    const { row, host } = this.#run;
    if (row.bytesReceived === 0 || row.file === undefined) return [];
    if (row.file.validator === undefined && row.file.total !== row.bytesReceived) return [];
    return readParts(host.database, row.session, row.file.fileId);
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

  async #ask(asked: Asked): Promise<Response | Outcome> {
    const { row, signal } = this.#run;
    const body = row.hasBody ? await this.#storedBody() : undefined;
    const request = requestOf(this.#run, asked, body, this.#watchdog.signal);
    // Nobody is told how a body goes out; silence begins when even a slow line has sent it.
    if (body !== undefined) this.#watchdog.reset(sizeOf(body) / SLOWEST_BYTES_PER_MS);
    try {
      return await this.#run.send(request, body && bodyInit(body));
    } catch (error) {
      if (signal.aborted) return { kind: "stopped" };
      // A browser says no more of it than of a broken connection.
      if (body !== undefined && !(await isReadable(body)))
        return { kind: "failed", failure: BODY_UNREADABLE };
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

  #isTryLater(status: number): boolean {
    const { row, configuration } = this.#run;
    const isLast = row.failures >= retryOf(row, configuration).limit;
    return isRetryable(status) && !isLast && mayRepeat(row, configuration);
  }

  async #follow(judgement: Judgement, answer: Answer): Promise<Outcome> {
    const { row } = this.#run;
    const { response, head } = answer;
    switch (judgement.kind) {
      case "unusable": {
        const { reason, isUnranged } = judgement;
        return this.#leave(response, { kind: "restart", reason, isUnranged });
      }
      case "complete": {
        await cancelBody(response);
        const bytesReceived = lengthOf(answer.parts);
        const file = row.file ?? this.#newFile({ isTotalSure: true, total: 0 }, answer.isSameOrigin);
        return { kind: "finished", response: row.response ?? asWhole(head), file, bytesReceived };
      }
      case "rest": {
        if (row.file === undefined) throw new Error("a rest without a beginning");
        const file: FileRow = { ...row.file, ...judgement.entity };
        const missing = await this.#missingSpace(file.total, lengthOf(answer.parts));
        if (missing !== undefined) return this.#leave(response, missing);
        this.#run.reportResumed(lengthOf(answer.parts));
        return this.#receive(answer, row.response ?? asWhole(head), file, judgement.end);
      }
      case "whole": {
        const file = this.#newFile(judgement.entity, answer.isSameOrigin);
        const missing = await this.#missingSpace(file.total, 0);
        if (missing !== undefined) return this.#leave(response, missing);
        const isRange = response.status === 206 && this.#isRanged(0);
        const shown = isRange ? asWhole(head) : head;
        return this.#receive({ ...answer, parts: [] }, shown, file, judgement.end);
      }
    }
  }

  async #leave(response: Response, outcome: Outcome): Promise<Outcome> {
    await cancelBody(response);
    return outcome;
  }

  #receive(
    { response, parts }: Answer,
    head: ResponseHead,
    file: FileRow,
    end: number | undefined,
  ): Promise<Outcome> {
    const [run, watchdog, report] = [this.#run, this.#watchdog, this.#report];
    return receiveBody({ run, watchdog, report, response, parts, head, file, end });
  }

  #newFile(entity: Pick<FileRow, "total" | "isTotalSure" | "validator">, isSameOrigin: boolean): FileRow {
    const { row } = this.#run;
    const isUnranged = row.file?.isUnranged;
    return { fileId: crypto.randomUUID(), isSameOrigin, ...entity, ...(isUnranged && { isUnranged }) };
  }

  /** A download that cannot fit is not begun (D6). */
  async #missingSpace(total: number | undefined, offset: number): Promise<Outcome | undefined> {
    if (total === undefined || this.#run.row.kind !== "download") return undefined;
    const needed = total - offset;
    const free = await this.#run.host.freeBytes();
    if (free === undefined || free >= needed) return undefined;
    const message =
      `The download needs ${needed} bytes more and the browser has ${free} left for this site. ` +
      "Free space, or ask for persistent storage, then retry.";
    return { kind: "failed", failure: { code: "storage-full", message } };
  }
}

const BODY_UNREADABLE: Failure = {
  code: "file-missing",
  message:
    "The browser can no longer read the stored body of the request. Make the task again, with the body.",
};

interface Answer {
  readonly response: Response;
  readonly head: ResponseHead;
  readonly parts: readonly PartMark[];
  readonly isSameOrigin: boolean;
}

async function cancelBody(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}
