import type { Failure } from "../../protocol/session-error.ts";
import type { ResponseHead } from "../../protocol/task-info.ts";
import { lengthOf, readParts, usableOf } from "../../store/parts.ts";
import type { FileRow, PartRow } from "../../store/schema.ts";
import { type Asked, type Entity, type Judgement, judgeAnswer } from "../decisions/answer-judgement.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { mayRefuseRange } from "../decisions/range-refusal.ts";
import { isRetryable, mayRepeat, retryAfterMs, retryOf } from "../decisions/retry-policy.ts";
import type { RunReport } from "../ports/run-report.ts";
import type { Run } from "../ports/transport.ts";
import type { Watchdog } from "../ports/watchdog.ts";
import { receiveBody } from "./receive-body.ts";
import { asWhole, headOf } from "./response-head.ts";

/** Where an attempt gets its answer: from a request of our own, or from one that the browser made. */
export interface AnswerSource {
  /** Returns what to ask for when `onDisk` bytes are on disk. */
  about(onDisk: number): Asked;
  /** An outcome ends the attempt. */
  ask(asked: Asked, onDisk: number): Promise<Response | Outcome>;
  /** Whether every header of the answer can be read. */
  isSameOrigin(response: Response): boolean;
}

/**
 * One attempt at getting a body onto the disk, whatever its source:
 *
 *     ask ──no answer──→ unanswered
 *      │ ↺  once without a range            (501 …)
 *      │
 *     judge ──try later──→ refused        (503 …)
 *      │    ──no rest──→ failed           (403 …; the bytes are kept)
 *      │    ──no proof──→ restart         (from 0, in a new file)
 *      │
 *     receive ──breaks off──→ interrupted (what is on disk stays)
 *      │
 *     check ──too long──→ restart
 *      └──→ finished
 */
export class JudgedAttempt {
  readonly #run: Run;
  readonly #watchdog: Watchdog;
  readonly #report: RunReport;
  readonly #source: AnswerSource;
  #isRangeRefused = false;

  constructor(run: Run, watchdog: Watchdog, source: AnswerSource) {
    this.#run = run;
    this.#watchdog = watchdog;
    this.#report = run.progress;
    this.#source = source;
  }

  async make(): Promise<Outcome> {
    const { row, host } = this.#run;
    const parts = await this.#storedParts();
    const onDisk = lengthOf(parts);
    if (row.response !== undefined && isWhole(row.file, row.response, onDisk)) {
      return { kind: "finished", response: row.response, file: row.file, bytesReceived: onDisk };
    }
    // A background fetch began, and may have been answered, long before we look at its answer.
    const askedAt = row.backgroundFetch?.startedAt ?? host.now();
    this.#report.tell("connecting", onDisk);
    const [asked, response] = await this.#ask(onDisk);
    if ("kind" in response) return response;
    this.#watchdog.reset();
    const head = headOf(response);
    if (this.#isTryLater(response.status)) {
      const delayMs = retryAfterMs(response.headers.get("retry-after"), host.now());
      return { kind: "refused", status: response.status, retryAfterMs: delayMs };
    }
    const isSameOrigin = this.#source.isSameOrigin(response);
    const judgement = judgeAnswer(asked, {
      status: response.status,
      headers: response.headers,
      isSameOrigin,
      askedAt,
    });
    return this.#follow(judgement, { asked, response, head, parts, isSameOrigin });
  }

  /** The app gets what a plain request would get: if a refusal may be about our range, we ask again without it. */
  async #ask(onDisk: number): Promise<[Asked, Response | Outcome]> {
    const asked = this.#source.about(onDisk);
    const response = await this.#source.ask(asked, onDisk);
    if (!mayRefuseRange(asked, response)) return [asked, response];
    this.#watchdog.reset();
    this.#isRangeRefused = true;
    const plain = { ...asked, isRanged: false };
    return [plain, await this.#source.ask(plain, onDisk)];
  }

  /** Returns the parts on disk that can be resumed; none if their version cannot be proved. */
  async #storedParts(): Promise<readonly PartRow[]> {
    const { row, host } = this.#run;
    if (row.bytesReceived === 0 || row.file === undefined) return [];
    if (row.file.validator === undefined && row.file.total !== row.bytesReceived) return [];
    return usableOf(await readParts(host.database, row.session, row.file.fileId, row.bytesReceived));
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
        return { kind: "restart", reason, isUnranged };
      }
      case "refused":
        return { kind: "failed", failure: restRefused(head.status, lengthOf(answer.parts)), response: head };
      case "complete": {
        const bytesReceived = lengthOf(answer.parts);
        const file = row.file ?? this.#newFile({ isTotalSure: true, total: 0 }, answer.isSameOrigin);
        return { kind: "finished", response: row.response ?? asWhole(head), file, bytesReceived };
      }
      case "rest": {
        if (row.file === undefined) throw new Error("a rest without a beginning");
        const file: FileRow = { ...row.file, ...judgement.entity };
        const missing = await this.#missingSpace(file.total, lengthOf(answer.parts));
        if (missing !== undefined) return missing;
        this.#run.reportResumed(lengthOf(answer.parts));
        return this.#receive(answer, row.response ?? asWhole(head, file.total), file, judgement.end);
      }
      case "whole": {
        const file = this.#newFile(judgement.entity, answer.isSameOrigin);
        const missing = await this.#missingSpace(file.total, 0);
        if (missing !== undefined) return missing;
        const isRange = response.status === 206 && answer.asked.isFile;
        const shown = isRange ? asWhole(head) : head;
        return this.#receive({ ...answer, parts: [] }, shown, file, judgement.end);
      }
    }
  }

  #receive(
    { response, parts, asked: { isRanged } }: Answer,
    head: ResponseHead,
    file: FileRow,
    end: number | undefined,
  ): Promise<Outcome> {
    const [run, watchdog, report] = [this.#run, this.#watchdog, this.#report];
    return receiveBody({ run, watchdog, report, response, parts, head, file, end, isRanged });
  }

  #newFile(entity: Entity, isSameOrigin: boolean): FileRow {
    const isUnranged = this.#isRangeRefused || this.#run.row.file?.isUnranged;
    return { fileId: crypto.randomUUID(), isSameOrigin, ...entity, ...(isUnranged && { isUnranged }) };
  }

  /** A download that does not fit is not started (D6). */
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

interface Answer {
  readonly asked: Asked;
  readonly response: Response;
  readonly head: ResponseHead;
  readonly parts: readonly PartRow[];
  readonly isSameOrigin: boolean;
}

function restRefused(status: number, sizeBytes: number): Failure {
  const message =
    `The server answered HTTP ${status} when it was asked for the rest. ${sizeBytes} bytes are kept for the ` +
    "session's retention time: resume with session.downloadTask({ resumeData }), or from a fresh URL with " +
    "downloadTask({ resumeData, request }). The error has the resumeData.";
  return { code: "bad-response", message };
}

/** Whether nothing is left to ask for. Two fields of the row must agree, since it may be damaged. */
function isWhole(file: FileRow | undefined, { headers }: ResponseHead, onDisk: number): file is FileRow {
  const length = headers["content-length"] ?? onDisk;
  return onDisk > 0 && file?.isTotalSure === true && file.total === onDisk && Number(length) === onDisk;
}
