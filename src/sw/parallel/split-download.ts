import { lengthOf, type PartMark } from "../../store/parts.ts";
import type { FileRow, PartRow, TaskRow } from "../../store/schema.ts";
import { changed, type TaskChange } from "../../store/tasks.ts";
import { countedRanges, countOf, gapsIn, lengthOfAll, withPart } from "../decisions/byte-ranges.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { cut, type SplitLimits } from "../decisions/splitting.ts";
import type { Run } from "../ports/transport.ts";
import { Watchdog } from "../ports/watchdog.ts";
import { PartWriter } from "../transports/part-writer.ts";
import type { Receiving } from "../transports/receive-body.ts";
import { type HeldRanges, rangeOfHeld } from "./held-ranges.ts";
import type { Pace } from "./pace.ts";
import { RangeByRange } from "./range-by-range.ts";
import { Segment } from "./segment.ts";
import { readSegment } from "./segment-body.ts";
import { SegmentLineUp } from "./segment-line-up.ts";
import { askForSegment, isEnd, type SegmentBody, type SegmentEnd } from "./segment-request.ts";

/**
 * Receives the gaps of a file in segments, on several connections:
 *
 *     take a segment ──→ ask ──→ receive ──whole──→ take the next one, or half of the longest
 *                         │         │
 *                         └─────────┴─ refused, broken off ──→ the segment waits for another connection,
 *                         │                                    and this one is given up
 *                         └─ contradicted ──→ everything stops: from 0, in a new file, on one connection
 */
export class SplitDownload {
  readonly #run: Run;
  readonly #first: Receiving;
  readonly #file: FileRow;
  readonly #total: number;
  readonly #held: HeldRanges;
  readonly #lineUp: SegmentLineUp;
  readonly #pace: Pace | undefined;
  readonly #watchdogs = new Set<Watchdog>();
  #connections: number;
  /** Nothing of the file has been written. */
  #isNew: boolean;
  /** What ended the last connection that was given up. */
  #last: Outcome | undefined;
  /** What ended everything. */
  #verdict: { readonly outcome: Outcome } | { readonly error: unknown } | undefined;

  constructor(first: Receiving, held: HeldRanges, limits: SplitLimits, pace?: Pace) {
    const { run, file } = first;
    this.#run = run;
    this.#first = first;
    this.#file = file;
    this.#total = file.total ?? 0;
    this.#held = held;
    this.#pace = pace;
    this.#isNew = run.row.file?.fileId !== file.fileId;
    const segments = cut(gapsIn(held.map(rangeOfHeld), this.#total), run.connections, limits);
    this.#lineUp = new SegmentLineUp(
      segments.map((range) => new Segment(range)),
      limits,
    );
    this.#connections = Math.min(run.connections, segments.length);
    run.keepConnections(this.#connections);
  }

  async receive(): Promise<Outcome> {
    const { response, watchdog, end = this.#total } = this.#first;
    const others = Array.from({ length: this.#connections - 1 }, () => undefined);
    await Promise.all([{ response, watchdog, end }, ...others].map((body) => this.#useConnection(body)));
    if (this.#verdict !== undefined) {
      if ("error" in this.#verdict) throw this.#verdict.error;
      return this.#verdict.outcome;
    }
    return this.#outcome();
  }

  /** Receives one segment after the other. Never rejects. @param body that of the first one, if it is there already */
  async #useConnection(body: SegmentBody | undefined): Promise<void> {
    let answered = body;
    for (let segment = this.#lineUp.take(); segment !== undefined; segment = this.#lineUp.take()) {
      const end = await this.#receive(segment, answered).catch((error: unknown) => this.#stopAll({ error }));
      answered = undefined;
      this.#lineUp.release(segment);
      if (end?.isFinal) this.#stopAll(end);
      if (this.#verdict !== undefined) await discarded(segment.writer);
      this.#last = end?.outcome ?? this.#last;
      if (end !== undefined || this.#verdict !== undefined) break;
    }
    this.#connections -= 1;
    this.#run.keepConnections(Math.max(1, this.#connections));
  }

  /** @returns how the connection ends; undefined if the segment is whole */
  async #receive(segment: Segment, body: SegmentBody | undefined): Promise<SegmentEnd | undefined> {
    const { run } = this.#first;
    const { timeoutIntervalForRequest } = run.configuration;
    const watchdog = body?.watchdog ?? new Watchdog(timeoutIntervalForRequest * 1000, run.signal);
    this.#watchdogs.add(watchdog);
    try {
      segment.writer ??= this.#writerFor(segment);
      const answer = await this.#answerFor(segment, body, watchdog);
      if (isEnd(answer)) return answer;
      segment.reach = answer.end;
      return await this.#receiveBody(segment, segment.writer, answer);
    } finally {
      segment.reach = 0;
      this.#watchdogs.delete(watchdog);
      watchdog.stop();
    }
  }

  /** Gets the bytes of a segment; if the session has a limit, in ranges that it allows. */
  #answerFor(
    segment: Segment,
    body: SegmentBody | undefined,
    watchdog: Watchdog,
  ): SegmentBody | Promise<SegmentBody | SegmentEnd> {
    const pace = this.#pace;
    const { end } = segment;
    const ask = (range: Pick<Segment, "at" | "end">) =>
      askForSegment(this.#first.run, this.#file, range, watchdog, this.#received);
    if (pace === undefined) return body ?? ask(segment);
    const ranges = new RangeByRange({ pace, watchdog, first: body, start: segment.at, end: () => end, ask });
    // The first answer may bring more than the segment lacks.
    return {
      response: ranges.response,
      watchdog,
      end: Math.max(end, body?.end ?? 0),
      ended: () => ranges.ended,
    };
  }

  /** Writes the body of a segment to disk, up to the end of the segment. */
  async #receiveBody(
    segment: Segment,
    writer: PartWriter,
    body: SegmentBody,
  ): Promise<SegmentEnd | undefined> {
    const { run, head } = this.#first;
    const broken = await readSegment(segment, writer, body, (sizeBytes) => {
      run.progress.add(sizeBytes);
      run.progress.tell("transferring", this.#received, this.#file, head);
    });
    if (typeof broken === "object") return broken;
    const ended = broken === undefined ? undefined : body.ended?.();
    if (ended?.isFinal) return ended;
    if (broken !== undefined) {
      // If WebKit is ending the worker, it keeps the row of a part written now but loses its bytes.
      writer.hold();
      if (!run.signal.aborted) await run.host.untilSafe?.();
    }
    if (this.#verdict === undefined) await writer.flush();
    if (broken === undefined) return undefined;
    return ended ?? { outcome: { kind: "interrupted", message: broken, hasProgressed: this.#hasProgressed } };
  }

  #writerFor(segment: Segment): PartWriter {
    const { host, row } = this.#run;
    const { head } = this.#first;
    const isNew = () => this.#isNew;
    const range = {
      start: segment.start,
      get end() {
        return segment.end;
      },
      get isFirst() {
        return isNew();
      },
      count: (current: TaskRow, part: PartMark) => this.#count(current, part, segment.end),
    };
    return new PartWriter({
      database: host.database,
      session: row.session,
      key: row.key,
      fileId: this.#file.fileId,
      stored: this.#partsBefore(segment.start),
      change: { response: head, bytesExpected: this.#total, suspectedBlocks: undefined },
      now: host.now,
      range,
    });
  }

  /** Returns the parts on disk that end where a segment begins. */
  #partsBefore(start: number): readonly PartRow[] {
    return this.#held.find((parts) => lengthOf(parts) === start) ?? [];
  }

  #count(row: TaskRow, part: PartMark, end: number): TaskChange {
    this.#isNew = false;
    const before = row.file?.fileId === this.#file.fileId ? countedRanges(row) : [];
    const now = withPart(before, part, end);
    const { bytesReceived, ranges } = countOf(now);
    const isWhole = bytesReceived === this.#total;
    return {
      bytesReceived,
      farthest: Math.max(row.farthest, lengthOfAll(now)),
      file: changed(this.#file, { ranges: isWhole ? undefined : ranges }),
    };
  }

  /** Ends all requests. The first reason counts. */
  #stopAll(verdict: { readonly outcome: Outcome } | { readonly error: unknown }): undefined {
    this.#verdict ??= verdict;
    for (const watchdog of this.#watchdogs) watchdog.stop();
  }

  get #received(): number {
    return this.#total - this.#lineUp.missing;
  }

  get #hasProgressed(): boolean {
    return this.#received > this.#run.row.farthest;
  }

  #outcome(): Outcome {
    const { head, run } = this.#first;
    if (this.#lineUp.missing === 0) {
      const file = changed(this.#file, { ranges: undefined });
      run.progress.tell("finishing", this.#total, file, head);
      return { kind: "finished", response: head, file, bytesReceived: this.#total };
    }
    const last = this.#last;
    if (run.signal.aborted || last === undefined) return { kind: "stopped" };
    // The file has grown, so it does not matter what ended the last connection.
    if (last.kind !== "unanswered" || !this.#hasProgressed) return last;
    return { kind: "interrupted", message: last.message, hasProgressed: true };
  }
}

/** What was received must not reach the disk any more, where the next file has the same row. */
async function discarded(writer: PartWriter | undefined): Promise<void> {
  writer?.discard();
  await writer?.flush().catch(() => {});
}
