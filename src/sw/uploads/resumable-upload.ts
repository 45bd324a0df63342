import type { ResponseRow, UploadPartRow, UploadRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Exchange, RequestDetails, Run } from "../ports/transport.ts";
import { type ChunkSize, MIN_CHUNK_BYTES } from "./chunk-size.ts";
import type { Chunk, Dialect, MadePart, Reply } from "./dialect.ts";
import { isAbsent, misplaced, nonsense, replyAboutUpload } from "./reply.ts";
import { type Said, speakerOf } from "./speaker.ts";

/** A part that is smaller is not worth a connection of its own. */
const MIN_PART_BYTES = 1024 * 1024;

/** An answer and what it means. */
interface Heard extends Exchange {
  readonly reply: Reply;
  /** What the request appended, if it did. */
  readonly chunk?: Chunk;
}

/** What one part and the server have said to each other in this run. */
interface Talk {
  /** The server has said how much it has. */
  isHeard?: boolean;
  /** The most that the server had: what goes back and forth below it is no progress. */
  best: number;
  /** In a row, without progress. */
  conflicts: number;
  /** The server made the upload in this run and has said nothing yet at the address that it named. */
  isNew?: boolean;
  /** The chunk under way begins at bytes that were sent before: the server may have got them since. */
  isRepeat?: boolean;
  /** An answer to a chunk, until the server has said whether it has that chunk. */
  held?: Heard | undefined;
}

/**
 * Sends a body in chunks, and goes on where the server says that it is:
 *
 *     create ──→ append ──→ append ──→ … ──→ answer
 *       ↑          ↑ │                         ↑
 *      gone        │ refused, or a new run   it has the whole
 *       └────── retrieve ──────────────────────┘
 *
 * The server counts, we compare: it is never believed to have bytes that were not sent. What it acknowledged, and how
 * far a chunk may have come, is on disk before the next chunk goes out. So is a refusal of the last chunk before the
 * server is asked whether it has the whole: if it has, that refusal is the app's answer (F5).
 */
export class ResumableUpload {
  readonly #run: Run;
  readonly #dialect: Dialect;
  readonly #body: Blob;
  readonly #chunkSize: ChunkSize;
  #parts: UploadPartRow[];
  #isOver = false;
  /** The refusal of the last chunk, or of putting the parts together, while it is not known who gave it. */
  #answer: ResponseRow | undefined;
  /** The upload before was gone, and nothing had ever been heard at its address. */
  #isMissed: boolean;

  constructor(run: Run, dialect: Dialect, body: Blob, chunkSize: ChunkSize) {
    this.#run = run;
    this.#dialect = dialect;
    this.#body = body;
    this.#chunkSize = chunkSize;
    this.#parts = [...(run.row.upload?.parts ?? [])];
    this.#answer = run.row.upload?.answer;
    this.#isMissed = run.row.upload?.isMissed ?? false;
  }

  async make(): Promise<Outcome> {
    this.#tell("connecting");
    const count = await this.#dialect.prepare();
    if (typeof count !== "number") return count;
    if (this.#parts.length === 0) this.#parts = this.#divide(count);
    return this.#sendAll(false);
  }

  /** @param isAgain the parts were refused to be put together, and are looked at again */
  async #sendAll(isAgain: boolean): Promise<Outcome> {
    const ends = await this.#sendParts();
    const end = ends.find((it) => it !== undefined && "kind" in it) ?? ends[0];
    if (end === undefined) return { kind: "stopped" };
    if ("kind" in end) return end;
    if (this.#parts.length === 1 || this.#dialect.conclusion === undefined) return this.#run.receive(end);
    // The parts are all there, so it was not for want of one.
    if (this.#answer !== undefined) return this.#answered();
    const last = await this.#ask(this.#dialect.conclusion(this.#parts), readConclusion);
    if ("kind" in last) return last;
    if (isAgain || !["gone", "conflict"].includes(last.reply.kind)) return this.#conclude(last);
    this.#answer = await this.#run.peek(last);
    last.watchdog.stop();
    return (await this.#checkpoint()) ? this.#sendAll(true) : { kind: "stopped" };
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

  /** @returns how the run ends, or the last exchange of a part that is whole; undefined if another part ended it */
  async #sendPart(index: number): Promise<Outcome | Heard | undefined> {
    const talk: Talk = { best: 0, conflicts: 0 };
    try {
      while (!this.#isOver) {
        const exchange = await this.#step(index, talk);
        if ("kind" in exchange) return this.#over(exchange);
        const end = await this.#hear(index, exchange, talk);
        if (end !== undefined) return "kind" in end ? this.#over(end) : end;
        if (talk.held !== exchange) exchange.watchdog.stop();
        if (!(await this.#checkpoint())) return this.#over({ kind: "stopped" });
      }
      return undefined;
    } finally {
      talk.held?.watchdog.stop();
    }
  }

  /** Takes in what the server said. @returns undefined if that lets the part go on */
  async #hear(index: number, exchange: Heard, talk: Talk): Promise<Outcome | Heard | undefined> {
    const { reply, response } = exchange;
    if (isInQuestion(exchange, talk)) return this.#hold(exchange, talk);
    if (reply.kind !== "has") {
      return reply.kind === "gone" && isAbsent(response.status)
        ? this.#missed(exchange, talk, this.#partAt(index))
        : this.#conclude(exchange);
    }
    const problem = problemWith(exchange, reply, this.#partAt(index));
    if (problem !== undefined) return this.#leave(exchange, problem);
    this.#take(index, exchange, reply, talk);
    const { held } = talk;
    if (reply.isComplete) {
      const isApps = speakerOf("whole", this.#said(talk)) === "app";
      return isApps && this.#parts.length === 1
        ? this.#leave(exchange, await this.#answered(held))
        : exchange;
    }
    if (held === undefined) return undefined;
    talk.held = undefined;
    exchange.watchdog.stop();
    if (this.#mayGoOn(held.reply.kind, talk)) return void held.watchdog.stop();
    // What counts as progress now must not do so again.
    if (!(await this.#checkpoint())) return this.#leave(held, { kind: "stopped" });
    // The upload is there, and chunks are not: whoever says 404 does not mean the upload.
    return held.reply.kind === "gone" ? this.#run.receive(held) : this.#conclude(held);
  }

  /** The server has so much of the part. */
  #take(index: number, { movedTo, chunk }: Heard, reply: Has, talk: Talk): void {
    const part = this.#partAt(index);
    const { offset = part.offset } = reply;
    const url = reply.url ?? (part.url && (movedTo ?? part.url));
    this.#set(index, { ...(url !== undefined && { url }), offset });
    if (!talk.isHeard && part.url !== undefined && offset > 0) this.#run.reportResumed(this.#acknowledged);
    // Less is no progress: a server that takes one byte at a time would be asked without end.
    if (offset - talk.best >= MIN_CHUNK_BYTES) {
      talk.best = offset;
      talk.conflicts = 0;
    }
    if (chunk !== undefined && offset - part.offset < chunk.content.size) this.#chunkSize.shrink();
    talk.isHeard = reply.offset !== undefined;
    talk.isNew = part.url === undefined;
    this.#isMissed &&= talk.isNew;
    this.#tell("transferring");
  }

  /** Keeps what was said to a chunk until it is known who said it; on disk, if that may be the answer to the task. */
  async #hold(exchange: Heard, talk: Talk): Promise<undefined> {
    talk.held = exchange;
    talk.isHeard = false;
    const mayBeAnswer = exchange.chunk?.isLast && this.#parts.length === 1 && !isEcho(exchange, talk);
    if (mayBeAnswer && exchange.astray === undefined) this.#answer = await this.#run.peek(exchange);
  }

  /** Whether it is worth while to go on at once after such a refusal of a chunk, which the server lacks. */
  #mayGoOn(kind: Reply["kind"], talk: Talk): boolean {
    if (kind === "too-large") return this.#chunkSize.shrink();
    talk.conflicts += 1;
    return (kind === "conflict" || kind === "gone") && talk.conflicts === 1;
  }

  /** The upload is not there. */
  async #missed(exchange: Heard, talk: Talk, { url = "", offset }: UploadPartRow): Promise<Outcome> {
    const { held } = talk;
    const speaker = speakerOf("gone", this.#said(talk), talk.isNew || this.#isMissed);
    if (speaker === "protocol") {
      // Its first chunk got no answer. WebKit loses one that comes before the whole chunk was sent.
      this.#isMissed = offset === 0;
      return (await this.#checkpoint()) ? this.#conclude(exchange) : { kind: "stopped" };
    }
    if (speaker === "app") return this.#leave(exchange, await this.#answered(held));
    const response = await this.#run.peek(held?.astray === undefined ? (held ?? exchange) : exchange);
    return this.#leave(exchange, { kind: "failed", failure: misplaced(url, response.status), response });
  }

  /** What was said to the last chunk, as far as it is known: a browser tells nobody what a redirect says. */
  #said(talk: Talk): Said | undefined {
    const { held } = talk;
    if (held === undefined) {
      // That of several parts was said when they were to be put together.
      const before = this.#parts.length === 1 ? this.#answer : undefined;
      return before && { status: before.status, isFresh: false };
    }
    if (held.astray !== undefined) return undefined;
    return { status: held.response.status, isFresh: true, isEcho: isEcho(held, talk) };
  }

  /** Ends the task with what was said to the last chunk: as it comes, or as it is on disk. */
  async #answered(held?: Heard): Promise<Outcome> {
    if (!(await this.#checkpoint())) return { kind: "stopped" };
    if (held !== undefined) return this.#run.receive(held);
    const response = this.#answer as ResponseRow;
    return { kind: "finished", response, file: undefined, bytesReceived: response.body?.byteLength ?? 0 };
  }

  /** The next request of a part. */
  async #step(index: number, talk: Talk): Promise<Heard | Outcome> {
    const dialect = this.#dialect;
    const part = this.#partAt(index);
    const made = isMade(part) ? part : undefined;
    if (made !== undefined && !talk.isHeard) {
      return this.#ask(dialect.retrieval(made.url), ({ response }) => dialect.readRetrieval(response, made));
    }
    const chunk = this.#chunkOf(part);
    const details = made === undefined ? dialect.creation(part, chunk) : await dialect.append(made, chunk);
    const sentBytes = details.body?.size ?? 0;
    talk.isRepeat = part.reach > part.offset;
    this.#answer = undefined;
    this.#set(index, { reach: Math.max(part.reach, part.offset + sentBytes) });
    if (!(await this.#checkpoint())) return { kind: "stopped" };
    const since = this.#run.host.now();
    const exchange = await (made === undefined
      ? this.#ask(details, (heard) => dialect.readCreation(heard, part))
      : this.#ask(details, ({ response }) => dialect.readAppend(response, chunk, made), chunk));
    if ("kind" in exchange) return chunk.isLast ? this.#keepWithheld(exchange) : exchange;
    if (exchange.reply.kind === "has" && sentBytes > 0) {
      this.#run.progress.add(sentBytes);
      if (sentBytes >= this.#chunkSize.bytes) this.#chunkSize.took(sentBytes, this.#run.host.now() - since);
    }
    return exchange;
  }

  /** The task waits at the refusal of its last chunk: when it goes on, nothing may be left to send. */
  async #keepWithheld(outcome: Outcome): Promise<Outcome> {
    if (outcome.kind !== "withheld" || outcome.answer === undefined || this.#parts.length > 1) return outcome;
    this.#answer = outcome.answer;
    return (await this.#checkpoint()) ? outcome : { kind: "stopped" };
  }

  #chunkOf({ start, end, offset }: UploadPartRow): Chunk {
    const from = start + offset;
    const to = Math.min(end, from + this.#chunkSize.bytes);
    return { content: this.#body.slice(from, to), offset, isLast: to === end };
  }

  async #ask(
    details: RequestDetails,
    read: (exchange: Exchange) => Reply | Promise<Reply>,
    chunk?: Chunk,
  ): Promise<Heard | Outcome> {
    const exchange = await this.#run.exchange(details, this.#acknowledged);
    if ("kind" in exchange) return exchange;
    const { astray } = exchange;
    const reply: Reply = astray ? { kind: "hopeless", failure: astray } : await read(exchange);
    return { ...exchange, reply, ...(chunk && { chunk }) };
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
    return this.#acknowledged - this.#run.row.farthest >= MIN_CHUNK_BYTES;
  }

  #checkpoint(): Promise<boolean> {
    const { answer: _, isMissed: __, ...before } = this.#run.row.upload as UploadRow;
    return this.#run.checkpoint({
      ...before,
      sizeBytes: this.#body.size,
      bytesAcknowledged: this.#acknowledged,
      parts: this.#parts,
      ...(this.#answer && { answer: this.#answer }),
      ...(this.#isMissed && { isMissed: true }),
    });
  }

  #tell(activity: "connecting" | "transferring"): void {
    this.#run.progress.tellSent(activity, this.#acknowledged);
  }
}

type Has = Extract<Reply, { kind: "has" }>;

function isMade(part: UploadPartRow): part is MadePart {
  return part.url !== undefined;
}

/** Whether what was said to a chunk has to wait until the server has said how much it has. */
function isInQuestion({ reply, response, chunk }: Heard, { isNew = false }: Talk): boolean {
  if (chunk === undefined || reply.kind === "has" || reply.kind === "answer") return false;
  const isSilent = isAbsent(response.status);
  // The protocol itself says in so many words that the upload is spoilt.
  if (reply.kind === "gone" && !isSilent) return false;
  return chunk.isLast || reply.kind === "conflict" || reply.kind === "too-large" || (isNew && isSilent);
}

/** Whether an answer may be about a chunk that came twice: then the first one had an answer of its own. */
function isEcho({ reply, response }: Heard, { isRepeat = false }: Talk): boolean {
  return isRepeat && (reply.kind === "conflict" || response.status === 423);
}

/** Says why a count is not believed, or not enough. */
function problemWith(
  { chunk }: Heard,
  { offset, isComplete }: Has,
  part: UploadPartRow,
): Outcome | string | undefined {
  if (offset === undefined) return undefined;
  const sent = Math.min(part.reach, part.end - part.start);
  if (offset > sent) {
    // It would leave a gap, or is that of another upload.
    const reason = `the server says that it has ${offset} bytes where at most ${sent} were sent`;
    return { kind: "restart", reason, isUnranged: false };
  }
  if (chunk === undefined || isComplete) return undefined;
  const { size } = chunk.content;
  const taken = offset - part.offset;
  // A chunk is empty if the server has all of the body and does not say so.
  return taken < Math.max(1, Math.min(size, MIN_CHUNK_BYTES))
    ? `${Math.max(0, taken)} of the ${size} bytes of a chunk were taken`
    : undefined;
}

/** The answer to putting the parts together: anything but 201 leaves the upload as it was, in parts. */
function readConclusion({ response }: Exchange): Reply {
  const reply = replyAboutUpload(response);
  if (reply !== undefined) return reply;
  return response.status === 201 ? { kind: "answer" } : nonsense(response, "to the concatenation");
}
