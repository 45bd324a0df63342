import type { UploadPartRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { MIN_CHUNK_BYTES } from "./chunk-size.ts";
import { countProblem } from "./count-problem.ts";
import type { Chunk, Has, MadePart, Reply } from "./dialect.ts";
import { isAbsent, misplaced, replyToQuestion } from "./reply.ts";
import { type LastAnswer, speakerOf } from "./speaker.ts";
import type { ReadExchange, UploadAttempt } from "./upload-attempt.ts";

/**
 * Sends one part in chunks, and resumes it at the offset that the server reports:
 *
 *     create ──→ append ──→ append ──→ … ──→ answer
 *       ↑          ↑ │                         ↑
 *      gone        │ refused, or a new run   it has the whole
 *       └────── retrieve ──────────────────────┘
 *
 * The server counts, we compare: we never believe that it has bytes that were not sent. What it acknowledged, and how far
 * a chunk may reach, is on disk before the next chunk is sent. So is a refusal of the last chunk before we ask the server
 * whether it has the whole: if it has, that refusal is the app's answer (F5).
 */
export class PartUpload {
  readonly #upload: UploadAttempt;
  readonly #index: number;
  /** The server has said how much it has. */
  #hasCount = false;
  /** The server made the upload in this run, and the URL that it named has not answered yet. */
  #isNew = false;
  /** What the last request appended, if anything. */
  #chunk: Chunk | undefined;
  /** The chunk begins at bytes that were sent before: the server may have received them since. */
  #isRepeat = false;
  /** The refusal of a chunk, until the server has said whether it has that chunk. */
  #held: ReadExchange | undefined;
  /** The most that the server had: going back and forth below it is no progress. */
  #best = 0;
  /** Conflicts in a row, without progress. */
  #conflicts = 0;

  constructor(upload: UploadAttempt, index: number) {
    this.#upload = upload;
    this.#index = index;
  }

  /** @returns how the attempt ends; undefined if this is one of several parts and whole, or another part ended it */
  async send(): Promise<Outcome | undefined> {
    const upload = this.#upload;
    let isWhole = false;
    try {
      while (!upload.isOver) {
        const exchange = await this.#nextExchange();
        if ("kind" in exchange) return exchange;
        const end = await this.#onReply(exchange);
        if (this.#held !== exchange) exchange.watchdog.stop();
        if (end === "whole") {
          isWhole = true;
          return undefined;
        }
        if (end !== undefined) return end;
        await upload.checkpoint();
      }
      return undefined;
    } finally {
      upload.isOver ||= !isWhole;
      this.#held?.watchdog.stop();
    }
  }

  /** Asks how much the server has, or sends the next chunk. */
  async #nextExchange(): Promise<ReadExchange | Outcome> {
    const upload = this.#upload;
    const { run, dialect, chunkSize } = upload;
    const part = this.#part;
    this.#chunk = undefined;
    if (isMade(part) && !this.#hasCount) {
      return upload.ask(
        { url: part.url, method: "HEAD", headers: dialect.version },
        ({ response }) => replyToQuestion(response) ?? dialect.readRetrieval(response, part),
      );
    }
    const chunk = this.#nextChunk();
    const details = isMade(part) ? await dialect.append(part, chunk) : dialect.creation(part, chunk);
    const sentBytes = details.body?.size ?? 0;
    this.#isRepeat = part.reach > part.offset;
    upload.answer = undefined;
    this.#set({ reach: Math.max(part.reach, part.offset + sentBytes) });
    await upload.checkpoint();
    const since = run.host.now();
    const exchange = await upload.ask(details, (it) =>
      isMade(part) ? dialect.readAppend(it.response, chunk, part) : dialect.readCreation(it, part),
    );
    if (isMade(part)) this.#chunk = chunk;
    if ("kind" in exchange) {
      // The task waits because of the answer to its last chunk: when it continues, nothing may be left to send.
      if (chunk.isLast && this.#isOnly && exchange.kind === "withheld" && exchange.answer !== undefined) {
        upload.answer = exchange.answer;
        await upload.checkpoint();
      }
    } else if (exchange.reply.kind === "has" && sentBytes > 0) {
      run.progress.add(sentBytes);
      if (sentBytes >= chunkSize.bytes) chunkSize.adapt(sentBytes, run.host.now() - since);
    }
    return exchange;
  }

  #nextChunk(): Chunk {
    const { body, chunkSize } = this.#upload;
    const { start, end, offset } = this.#part;
    const from = start + offset;
    const to = Math.min(end, from + chunkSize.bytes);
    return { content: body.slice(from, to), offset, isLast: to === end };
  }

  /** @returns how the attempt ends; "whole" if this is one of several parts and complete; undefined to continue */
  async #onReply(exchange: ReadExchange): Promise<Outcome | "whole" | undefined> {
    const upload = this.#upload;
    const { reply, response } = exchange;
    if (this.#isInQuestion(exchange)) return this.#holdRefusal(exchange);
    if (reply.kind === "gone" && isAbsent(response.status)) return this.#onMissing(exchange);
    if (reply.kind !== "has") return upload.endWith(exchange);
    const problem = countProblem(reply, this.#part, this.#chunk);
    if (problem !== undefined) return typeof problem === "string" ? upload.unusable(problem) : problem;
    this.#acceptCount(exchange, reply);
    const held = this.#held;
    if (reply.isComplete) {
      // The answer to one of several parts is not the answer to the task.
      if (!this.#isOnly) return "whole";
      const isApps = speakerOf("whole", this.#lastAnswer()) === "app";
      return isApps ? upload.endWithAnswer(held) : upload.run.receive(exchange);
    }
    if (held === undefined) return undefined;
    if (this.#mayContinue(held.reply.kind)) {
      held.watchdog.stop();
      this.#held = undefined;
      return undefined;
    }
    // What counts as progress now must not do so again.
    await upload.checkpoint();
    // The upload exists but refuses chunks: the 404 is not about the upload.
    return held.reply.kind === "gone" ? upload.run.receive(held) : upload.endWith(held);
  }

  /** Whether the answer to a chunk cannot be judged before the server has said how much it has. */
  #isInQuestion({ reply: { kind }, response }: ReadExchange): boolean {
    if (this.#chunk === undefined || kind === "has" || kind === "answer") return false;
    const isSilent = isAbsent(response.status);
    // The protocol says explicitly that the upload is unusable.
    if (kind === "gone" && !isSilent) return false;
    return this.#chunk.isLast || kind === "conflict" || kind === "too-large" || (this.#isNew && isSilent);
  }

  /** Keeps the answer to a chunk until we know who gave it; on disk, if it may be the answer to the task. */
  async #holdRefusal(exchange: ReadExchange): Promise<undefined> {
    this.#held = exchange;
    this.#hasCount = false;
    const mayBeAnswer = this.#chunk?.isLast && this.#isOnly && !this.#isEcho(exchange);
    if (mayBeAnswer && exchange.astray === undefined) {
      this.#upload.answer = await this.#upload.run.peek(exchange);
    }
  }

  /** The upload does not exist. */
  async #onMissing(exchange: ReadExchange): Promise<Outcome> {
    const upload = this.#upload;
    const held = this.#held;
    const { url = "", offset } = this.#part;
    const speaker = speakerOf("gone", this.#lastAnswer(), this.#isNew || upload.isMissed);
    if (speaker === "protocol") {
      // Nothing acknowledged: its first chunk got no answer. WebKit loses one that comes before the chunk is sent.
      upload.isMissed = offset > 0 || upload.resumeAt ? undefined : true;
      await upload.checkpoint();
      return upload.endWith(exchange);
    }
    if (speaker === "app") return upload.endWithAnswer(held);
    const response = await upload.run.peek(held === undefined || held.astray ? exchange : held);
    return { kind: "failed", failure: misplaced(url, response.status), response };
  }

  /** Records how much of the part the server has. */
  #acceptCount({ movedTo }: ReadExchange, reply: Has): void {
    const upload = this.#upload;
    const part = this.#part;
    const { offset = part.offset } = reply;
    const url = reply.url ?? (part.url && (movedTo ?? part.url));
    // What a named upload has at first is not from us: from then on, only what we send counts.
    const reach = upload.isNamedUnknown ? { reach: offset } : {};
    this.#set({ ...(url !== undefined && { url }), offset, ...reach });
    upload.isNamedUnknown = false;
    if (!this.#hasCount && part.url !== undefined && offset > 0) {
      upload.run.reportResumed(upload.bytesAcknowledged);
    }
    // Less is no progress: a server that takes one byte at a time would keep us asking forever.
    if (offset - this.#best >= MIN_CHUNK_BYTES) {
      this.#best = offset;
      this.#conflicts = 0;
    }
    if (this.#chunk !== undefined && offset - part.offset < this.#chunk.content.size) {
      upload.chunkSize.shrink();
    }
    this.#hasCount = reply.offset !== undefined;
    this.#isNew = part.url === undefined;
    if (!this.#isNew) upload.isMissed = undefined;
    upload.tell("transferring");
  }

  /** Whether to continue at once after the server refused a chunk, and lacks it. */
  #mayContinue(kind: Reply["kind"]): boolean {
    if (kind === "too-large") return this.#upload.chunkSize.shrink();
    this.#conflicts += 1;
    return (kind === "conflict" || kind === "gone") && this.#conflicts === 1;
  }

  /** Returns the answer to the last chunk, if known: a browser does not reveal the status of a redirect. */
  #lastAnswer(): LastAnswer | undefined {
    const held = this.#held;
    if (held?.astray !== undefined) return undefined;
    if (held !== undefined) {
      return { status: held.response.status, isFresh: true, isEcho: this.#isEcho(held) };
    }
    // With several parts, the stored answer is that to putting them together.
    const before = this.#isOnly ? this.#upload.answer : undefined;
    return before && { status: before.status, isFresh: false };
  }

  /** Whether an answer may be about a chunk that arrived twice: then its first copy had an answer of its own. */
  #isEcho({ reply, response }: ReadExchange): boolean {
    return this.#isRepeat && (reply.kind === "conflict" || response.status === 423);
  }

  get #part(): UploadPartRow {
    return this.#upload.parts[this.#index] as UploadPartRow;
  }

  get #isOnly(): boolean {
    return this.#upload.parts.length === 1;
  }

  #set(change: Partial<UploadPartRow>): void {
    this.#upload.parts[this.#index] = { ...this.#part, ...change };
  }
}

function isMade(part: UploadPartRow): part is MadePart {
  return part.url !== undefined;
}
