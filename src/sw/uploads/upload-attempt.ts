import type { ResponseRow, UploadPartRow, UploadRow } from "../../store/schema.ts";
import { changed } from "../../store/tasks.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Exchange, RequestDetails, Run } from "../ports/transport.ts";
import { type ChunkSize, MIN_CHUNK_BYTES } from "./chunk-size.ts";
import type { Dialect, Reply } from "./dialect.ts";
import { unknownUpload } from "./reply.ts";

/** An exchange whose answer has been read. */
export interface ReadExchange extends Exchange {
  readonly reply: Reply;
}

/** One attempt at an upload: the state that its parts share, its checkpoints, and how it ends. */
export class UploadAttempt<Spoken extends Dialect = Dialect> {
  readonly run: Run;
  readonly dialect: Spoken;
  readonly body: Blob;
  readonly chunkSize: ChunkSize;
  parts: UploadPartRow[];
  /** The refusal of the last chunk, or of putting the parts together, until we know who gave it. */
  answer: ResponseRow | undefined;
  /** The app has named an upload, so that none is created. */
  readonly resumeAt: string | undefined;
  /** The app has named the upload, and its server has not said yet how much it has. */
  isNamedUnknown: boolean;
  /** The previous upload was gone before its URL had ever answered. */
  isMissed: true | undefined;
  /** One part has ended the attempt: the others stop before their next request. */
  isOver = false;

  constructor(run: Run, dialect: Spoken, body: Blob, chunkSize: ChunkSize) {
    this.run = run;
    this.dialect = dialect;
    this.body = body;
    this.chunkSize = chunkSize;
    const { parts = [], answer, isMissed, resumeAt } = run.row.upload as UploadRow;
    const end = parts.reduce((at, part) => (part.start === at ? part.end : -1), 0);
    // What was read from disk is checked: with a gap between parts, the file would not be whole.
    this.parts = parts.filter(() => end === body.size);
    this.answer = answer;
    this.isMissed = isMissed;
    this.resumeAt = resumeAt;
    this.isNamedUnknown = resumeAt !== undefined && this.parts.length === 0;
  }

  get bytesAcknowledged(): number {
    return this.parts.reduce((sum, { offset }) => sum + offset, 0);
  }

  tell(activity: "connecting" | "transferring"): void {
    this.run.progress.tellSent(activity, this.bytesAcknowledged);
  }

  /** Rejects if the task does not want to be sent any more. */
  checkpoint(): Promise<void> {
    const { run, body, bytesAcknowledged, parts, answer, isMissed } = this;
    const facts = { sizeBytes: body.size, bytesAcknowledged, parts, answer, isMissed };
    return run.checkpoint(changed(run.row.upload as UploadRow, facts));
  }

  /** Sends a request and reads its answer. An outcome ends the attempt. */
  async ask(
    details: RequestDetails,
    read: (exchange: Exchange) => Reply | Promise<Reply>,
  ): Promise<ReadExchange | Outcome> {
    const exchange = await this.run.exchange(details, this.bytesAcknowledged);
    if ("kind" in exchange) return exchange;
    const { astray } = exchange;
    return { ...exchange, reply: astray ? { kind: "hopeless", failure: astray } : await read(exchange) };
  }

  /** Returns how the attempt ends with an answer that does not let it continue. */
  async endWith(exchange: ReadExchange): Promise<Outcome> {
    const { response, reply } = exchange;
    switch (reply.kind) {
      case "later":
        return this.run.refusal(response, this.#hasProgressed) ?? this.run.receive(exchange);
      case "gone":
        return this.resumeAt === undefined
          ? { kind: "restart", reason: "the upload is gone", isUnranged: false }
          : { kind: "failed", failure: unknownUpload(this.resumeAt) };
      case "hopeless":
        return { kind: "failed", failure: reply.failure };
      case "nonsense":
        return this.unusable(reply.reason);
      case "conflict":
        return this.unusable("the server and its own counts do not agree");
      default:
        return this.run.receive(exchange);
    }
  }

  /** Ends the task with the answer to the last chunk: `held`, or else the one on disk. */
  async endWithAnswer(held?: ReadExchange): Promise<Outcome> {
    await this.checkpoint();
    if (held !== undefined) return this.run.receive(held);
    const response = this.answer as ResponseRow;
    return { kind: "finished", response, file: undefined, bytesReceived: response.body?.byteLength ?? 0 };
  }

  unusable(reason: string): Outcome {
    return { kind: "unusable", reason, hasProgressed: this.#hasProgressed };
  }

  get #hasProgressed(): boolean {
    return this.bytesAcknowledged - this.run.row.farthest >= MIN_CHUNK_BYTES;
  }
}
