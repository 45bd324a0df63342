import type { UploadPartRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { MIN_CHUNK_BYTES } from "./chunk-size.ts";
import { countProblem } from "./count-problem.ts";
import type { Chunk, Has, MadePart, Reply } from "./dialect.ts";
import { isAbsent, misplaced, replyAboutUpload } from "./reply.ts";
import { type Said, speakerOf } from "./speaker.ts";
import type { Heard, UploadAttempt } from "./upload-attempt.ts";

/**
 * Sends one part in chunks, and resumes it at the offset that the server reports:
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
export class PartUpload {
  readonly #upload: UploadAttempt;
  readonly #index: number;
  /** The server has said how much it has. */
  #isHeard = false;
  /** The server made the upload in this run and has said nothing yet at the address that it named. */
  #isNew = false;
  /** What the last request appended, if it did. */
  #chunk: Chunk | undefined;
  /** That chunk begins at bytes that were sent before: the server may have got them since. */
  #isRepeat = false;
  /** The answer to a chunk, until the server has said whether it has that chunk. */
  #held: Heard | undefined;
  /** The most that the server had: what goes back and forth below it is no progress. */
  #best = 0;
  /** In a row, without progress. */
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
        const exchange = await this.#step();
        if ("kind" in exchange) return exchange;
        const end = await this.#hear(exchange);
        if (this.#held !== exchange) exchange.watchdog.stop();
        isWhole = end === "whole";
        if (isWhole) break;
        if (end !== undefined) return end as Outcome;
        await upload.checkpoint();
      }
      return undefined;
    } finally {
      upload.isOver ||= !isWhole;
      this.#held?.watchdog.stop();
    }
  }

  /** Asks how much the server has, or sends what comes next. */
  async #step(): Promise<Heard | Outcome> {
    const upload = this.#upload;
    const { run, dialect, chunkSize } = upload;
    const part = this.#part;
    this.#chunk = undefined;
    if (isMade(part) && !this.#isHeard) {
      return upload.ask(
        dialect.retrieval(part.url),
        ({ response }) => replyAboutUpload(response) ?? dialect.readRetrieval(response, part),
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
      // The task waits at the refusal of its last chunk: when it goes on, nothing may be left to send.
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

  /** Takes in what the server said. @returns undefined if that lets the part go on */
  async #hear(exchange: Heard): Promise<Outcome | "whole" | undefined> {
    const upload = this.#upload;
    const { reply, response } = exchange;
    if (this.#isInQuestion(exchange)) return this.#hold(exchange);
    if (reply.kind === "gone" && isAbsent(response.status)) return this.#miss(exchange);
    if (reply.kind !== "has") return upload.endWith(exchange);
    const problem = countProblem(reply, this.#part, this.#chunk);
    if (problem !== undefined) return typeof problem === "string" ? upload.unusable(problem) : problem;
    this.#take(exchange, reply);
    const held = this.#held;
    if (reply.isComplete) {
      // The answer to the task is not that to one of several parts.
      if (!this.#isOnly) return "whole";
      const isApps = speakerOf("whole", this.#said()) === "app";
      return isApps ? upload.endWithAnswer(held) : upload.run.receive(exchange);
    }
    if (held === undefined) return undefined;
    if (this.#mayGoOn(held.reply.kind)) {
      held.watchdog.stop();
      this.#held = undefined;
      return undefined;
    }
    // What counts as progress now must not do so again.
    await upload.checkpoint();
    // The upload is there, and chunks are not: a 404 is not about the upload.
    return held.reply.kind === "gone" ? upload.run.receive(held) : upload.endWith(held);
  }

  /** Whether what was said to a chunk has to wait until the server has said how much it has. */
  #isInQuestion({ reply: { kind }, response }: Heard): boolean {
    if (this.#chunk === undefined || kind === "has" || kind === "answer") return false;
    const isSilent = isAbsent(response.status);
    // The protocol itself says in so many words that the upload is spoilt.
    if (kind === "gone" && !isSilent) return false;
    return this.#chunk.isLast || kind === "conflict" || kind === "too-large" || (this.#isNew && isSilent);
  }

  /** Keeps what was said to a chunk until it is known who said it; on disk, if that may be the answer to the task. */
  async #hold(exchange: Heard): Promise<undefined> {
    this.#held = exchange;
    this.#isHeard = false;
    const mayBeAnswer = this.#chunk?.isLast && this.#isOnly && !this.#isEcho(exchange);
    if (mayBeAnswer && exchange.astray === undefined) {
      this.#upload.answer = await this.#upload.run.peek(exchange);
    }
  }

  /** The upload is not there. */
  async #miss(exchange: Heard): Promise<Outcome> {
    const upload = this.#upload;
    const held = this.#held;
    const { url = "", offset } = this.#part;
    const speaker = speakerOf("gone", this.#said(), this.#isNew || upload.isMissed);
    if (speaker === "protocol") {
      // Its first chunk got no answer. WebKit loses one that comes before the whole chunk was sent.
      upload.isMissed = offset === 0;
      await upload.checkpoint();
      return upload.endWith(exchange);
    }
    if (speaker === "app") return upload.endWithAnswer(held);
    const response = await upload.run.peek(held === undefined || held.astray ? exchange : held);
    return { kind: "failed", failure: misplaced(url, response.status), response };
  }

  /** The server has so much of the part. */
  #take({ movedTo }: Heard, reply: Has): void {
    const upload = this.#upload;
    const part = this.#part;
    const { offset = part.offset } = reply;
    const url = reply.url ?? (part.url && (movedTo ?? part.url));
    this.#set({ ...(url !== undefined && { url }), offset });
    if (!this.#isHeard && part.url !== undefined && offset > 0) {
      upload.run.reportResumed(upload.bytesAcknowledged);
    }
    // Less is no progress: a server that takes one byte at a time would be asked without end.
    if (offset - this.#best >= MIN_CHUNK_BYTES) {
      this.#best = offset;
      this.#conflicts = 0;
    }
    if (this.#chunk !== undefined && offset - part.offset < this.#chunk.content.size) {
      upload.chunkSize.shrink();
    }
    this.#isHeard = reply.offset !== undefined;
    this.#isNew = part.url === undefined;
    upload.isMissed &&= this.#isNew;
    upload.tell("transferring");
  }

  /** Whether it is worth while to go on at once after such a refusal of a chunk, which the server lacks. */
  #mayGoOn(kind: Reply["kind"]): boolean {
    if (kind === "too-large") return this.#upload.chunkSize.shrink();
    this.#conflicts += 1;
    return (kind === "conflict" || kind === "gone") && this.#conflicts === 1;
  }

  /** What was said to the last chunk, as far as it is known: a browser tells nobody what a redirect says. */
  #said(): Said | undefined {
    const held = this.#held;
    if (held?.astray !== undefined) return undefined;
    if (held !== undefined) {
      return { status: held.response.status, isFresh: true, isEcho: this.#isEcho(held) };
    }
    // That of several parts was said when they were to be put together.
    const before = this.#isOnly ? this.#upload.answer : undefined;
    return before && { status: before.status, isFresh: false };
  }

  /** Whether an answer may be about a chunk that came twice: then the first one had an answer of its own. */
  #isEcho({ reply, response }: Heard): boolean {
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
