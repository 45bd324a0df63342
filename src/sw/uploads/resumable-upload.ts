import type { UploadPartRow, UploadRow } from "../../store/schema.ts";
import type { Outcome } from "../outcome.ts";
import type { Exchange, RequestDetails, Run } from "../transports/transport.ts";
import type { ChunkSize } from "./chunk-size.ts";
import type { Chunk, Dialect, MadePart, Reply } from "./dialect.ts";
import { nonsense, replyAboutUpload } from "./reply.ts";

/** A part that is smaller is not worth a connection of its own. */
const MIN_PART_BYTES = 1024 * 1024;

/** An answer and what it means. */
interface Heard extends Exchange {
  readonly reply: Reply;
}

/** What one part and the server have said to each other in this run. */
interface Talk {
  /** The server has said how much it has. */
  isHeard: boolean;
  /** The most that the server had: what goes back and forth below it is no progress. */
  best: number;
  /** In a row, without progress. */
  conflicts: number;
}

/**
 * Sends a body in chunks, and goes on where the server says that it is:
 *
 *     create ──→ append ──→ append ──→ … ──→ answer
 *       ↑          ↑ │
 *      gone        │ conflict, or a new run
 *       └────── retrieve
 *
 * The server counts, we compare: it is never believed to have bytes that were not sent. What it acknowledged, and how
 * far a chunk may have come, is on disk before the next chunk goes out.
 */
export class ResumableUpload {
  readonly #run: Run;
  readonly #dialect: Dialect;
  readonly #body: Blob;
  readonly #chunkSize: ChunkSize;
  #parts: UploadPartRow[];
  #isOver = false;

  constructor(run: Run, dialect: Dialect, body: Blob, chunkSize: ChunkSize) {
    this.#run = run;
    this.#dialect = dialect;
    this.#body = body;
    this.#chunkSize = chunkSize;
    this.#parts = [...(run.row.upload?.parts ?? [])];
  }

  async make(): Promise<Outcome> {
    this.#tell("connecting");
    const count = await this.#dialect.prepare();
    if (typeof count !== "number") return count;
    if (this.#parts.length === 0) this.#parts = this.#divide(count);
    const ends = await this.#sendParts();
    const end = ends.find((it) => it !== undefined && "kind" in it) ?? ends[0];
    if (end === undefined) return { kind: "stopped" };
    if ("kind" in end) return end;
    if (this.#parts.length === 1 || this.#dialect.conclusion === undefined) return this.#run.receive(end);
    const last = await this.#ask(this.#dialect.conclusion(this.#parts), readConclusion);
    return "kind" in last ? last : this.#conclude(last);
  }

  /** As many at once as it got connections. None goes on by itself when another could not write its checkpoint. */
  async #sendParts(): Promise<(Outcome | Heard | undefined)[]> {
    const ends: (Outcome | Heard | undefined)[] = [];
    const indexes = this.#parts.keys();
    const sendOneByOne = async (): Promise<void> => {
      for (const index of indexes) {
        const end = await this.#sendPart(index);
        ends[index] = end;
        // The answer to the task is not that to one of several parts.
        if (this.#parts.length > 1 && end !== undefined && !("kind" in end)) end.watchdog.stop();
      }
    };
    let atOnce = Math.min(this.#parts.length, this.#run.connections);
    this.#run.keepConnections(atOnce);
    const lines = Array.from({ length: atOnce }, () =>
      sendOneByOne()
        .catch((error: unknown) => {
          this.#isOver = true;
          throw error;
        })
        .finally(() => {
          atOnce -= 1;
          // What puts the parts together needs one.
          this.#run.keepConnections(Math.max(1, atOnce));
        }),
    );
    for (const line of await Promise.allSettled(lines)) if (line.status === "rejected") throw line.reason;
    return ends;
  }

  #divide(count: number): UploadPartRow[] {
    const { size } = this.#body;
    const length = Math.max(Math.ceil(size / count), Math.min(size, MIN_PART_BYTES));
    const starts = Array.from(
      { length: Math.max(1, Math.ceil(size / Math.max(1, length))) },
      (_, n) => n * length,
    );
    return starts.map((start) => ({ start, end: Math.min(size, start + length), offset: 0, reach: 0 }));
  }

  /** @returns how the run ends, or the last exchange of a part that is whole; undefined where another part ended it */
  async #sendPart(index: number): Promise<Outcome | Heard | undefined> {
    const talk: Talk = { isHeard: false, best: 0, conflicts: 0 };
    while (!this.#isOver) {
      const exchange = await this.#step(index, talk.isHeard);
      if ("kind" in exchange) return this.#over(exchange);
      const end = await this.#hear(index, exchange, talk);
      if (end !== undefined) return end;
      exchange.watchdog.stop();
      if (!(await this.#checkpoint())) return this.#over({ kind: "stopped" });
    }
    return undefined;
  }

  /** Takes in what the server said. @returns undefined where that lets the part go on */
  async #hear(index: number, exchange: Heard, talk: Talk): Promise<Outcome | Heard | undefined> {
    const { reply } = exchange;
    if (reply.kind !== "has") {
      if (!this.#mayAskAgain(reply, talk)) return this.#over(await this.#conclude(exchange));
      talk.isHeard = false;
      return undefined;
    }
    const part = this.#partAt(index);
    const problem = problemWith(reply, part, talk);
    if (problem !== undefined) return this.#over(this.#leave(exchange, problem));
    const { url = part.url, offset = part.offset } = reply;
    this.#set(index, { ...(url !== undefined && { url }), offset });
    if (!talk.isHeard && part.url !== undefined && offset > 0) this.#run.reportResumed(this.#acknowledged);
    if (offset > talk.best) {
      talk.best = offset;
      talk.conflicts = 0;
    }
    talk.isHeard = reply.offset !== undefined;
    this.#tell("transferring");
    return reply.isComplete ? exchange : undefined;
  }

  /** Whether it is worth while to ask at once how much the server has, and to go on from there. */
  #mayAskAgain(reply: Reply, talk: Talk): boolean {
    if (reply.kind === "too-large") return this.#chunkSize.shrink();
    talk.conflicts += 1;
    return reply.kind === "conflict" && talk.conflicts === 1;
  }

  /** The next request of a part. */
  async #step(index: number, isHeard: boolean): Promise<Heard | Outcome> {
    const dialect = this.#dialect;
    const part = this.#partAt(index);
    const made = isMade(part) ? part : undefined;
    if (made !== undefined && !isHeard) {
      return this.#ask(dialect.retrieval(made.url), ({ response }) => dialect.readRetrieval(response, made));
    }
    const chunk = this.#chunkOf(part);
    const details = made === undefined ? dialect.creation(part, chunk) : await dialect.append(made, chunk);
    const sentBytes = details.body?.size ?? 0;
    this.#set(index, { reach: Math.max(part.reach, part.offset + sentBytes) });
    if (!(await this.#checkpoint())) return { kind: "stopped" };
    const since = this.#run.host.now();
    const read = (exchange: Exchange): Reply | Promise<Reply> =>
      made === undefined
        ? dialect.readCreation(exchange, part)
        : dialect.readAppend(exchange.response, chunk, made);
    const exchange = await this.#ask(details, read);
    if (!("kind" in exchange) && exchange.reply.kind === "has" && sentBytes > 0) {
      this.#run.progress.add(sentBytes);
      if (sentBytes >= this.#chunkSize.bytes) this.#chunkSize.took(sentBytes, this.#run.host.now() - since);
    }
    return exchange;
  }

  #chunkOf({ start, end, offset }: UploadPartRow): Chunk {
    const from = start + offset;
    const to = Math.min(end, from + this.#chunkSize.bytes);
    return { content: this.#body.slice(from, to), offset, isLast: to === end };
  }

  async #ask(
    details: RequestDetails,
    read: (exchange: Exchange) => Reply | Promise<Reply>,
  ): Promise<Heard | Outcome> {
    const exchange = await this.#run.exchange(details, this.#acknowledged);
    return "kind" in exchange ? exchange : { ...exchange, reply: await read(exchange) };
  }

  /** How the run ends with an answer that does not let it go on. */
  async #conclude(exchange: Heard): Promise<Outcome> {
    const { response, reply } = exchange;
    switch (reply.kind) {
      case "later": {
        const refusal = this.#run.refusal(response, this.#hasProgressed);
        return refusal === undefined ? this.#run.receive(exchange) : this.#leave(exchange, refusal);
      }
      case "gone":
        return this.#leave(exchange, { kind: "restart", reason: "the upload is gone", isUnranged: false });
      case "hopeless":
        return this.#leave(exchange, { kind: "failed", failure: reply.failure });
      case "nonsense":
        return this.#leave(exchange, reply.reason);
      case "conflict":
        return this.#leave(exchange, "the server and its own counts do not agree");
      default:
        return this.#run.receive(exchange);
    }
  }

  #leave(exchange: Exchange, end: Outcome | string): Outcome {
    exchange.watchdog.stop();
    return typeof end === "string"
      ? { kind: "unusable", reason: end, hasProgressed: this.#hasProgressed }
      : end;
  }

  /** The other parts stop at their next step. */
  #over(outcome: Outcome): Outcome {
    this.#isOver = true;
    return outcome;
  }

  #partAt(index: number): UploadPartRow {
    return this.#parts[index] as UploadPartRow;
  }

  #set(index: number, change: Partial<UploadPartRow>): void {
    this.#parts[index] = { ...this.#partAt(index), ...change };
  }

  get #acknowledged(): number {
    return this.#parts.reduce((sum, { offset }) => sum + offset, 0);
  }

  get #hasProgressed(): boolean {
    return this.#acknowledged > this.#run.row.farthest;
  }

  #checkpoint(): Promise<boolean> {
    const upload: UploadRow = {
      ...this.#run.row.upload,
      sizeBytes: this.#body.size,
      bytesAcknowledged: this.#acknowledged,
      parts: this.#parts,
    };
    return this.#run.checkpoint(upload);
  }

  #tell(activity: "connecting" | "transferring"): void {
    this.#run.progress.tellSent(activity, this.#acknowledged);
  }
}

function isMade(part: UploadPartRow): part is MadePart {
  return part.url !== undefined;
}

/** Says why a count is not believed. */
function problemWith(
  { offset, isComplete }: Extract<Reply, { kind: "has" }>,
  part: UploadPartRow,
  { isHeard }: Talk,
): Outcome | string | undefined {
  if (offset === undefined) return undefined;
  const sent = Math.min(part.reach, part.end - part.start);
  if (offset > sent) {
    // It would leave a gap, or is that of another upload.
    const reason = `the server says that it has ${offset} bytes where at most ${sent} were sent`;
    return { kind: "restart", reason, isUnranged: false };
  }
  return isHeard && offset <= part.offset && !isComplete ? "nothing of the chunk was taken" : undefined;
}

/** The answer to putting the parts together: anything but 201 leaves the upload as it was, in parts. */
function readConclusion({ response }: Exchange): Reply {
  const reply = replyAboutUpload(response);
  if (reply !== undefined) return reply;
  return response.status === 201 ? { kind: "answer" } : nonsense(response, "to the concatenation");
}
