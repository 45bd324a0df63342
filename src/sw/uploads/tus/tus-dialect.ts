import type { UploadPartRow } from "../../../store/schema.ts";
import type { Outcome } from "../../decisions/outcome.ts";
import type { Exchange, RequestDetails, Run } from "../../ports/transport.ts";
import type { Chunk, Dialect, MadePart, Reply } from "../dialect.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import { countIn, locationOf, nonsense, replyAboutUpload, replyByStatus } from "../reply.ts";
import { checksumOf } from "./checksum.ts";
import { metadataOf } from "./metadata.ts";
import { NO_OFFERS, type Offers, offersOf } from "./offers.ts";

const VERSION = { "tus-resumable": "1.0.0" };
const CONTENT_TYPE = "application/offset+octet-stream";
/** The chunk arrived damaged (checksum extension). */
const CHECKSUM_MISMATCH = 460;

/** tus 1.0.0, https://tus.io/protocols/resumable-upload */
export class TusDialect implements Dialect {
  readonly #run: Run;
  readonly #body: Blob;
  #offers: Offers = NO_OFFERS;
  /** URLs of parts whose length the server does not know yet. */
  readonly #withoutLength = new Set<string>();

  constructor(run: Run, body: Blob) {
    this.#run = run;
    this.#body = body;
  }

  async prepare(): Promise<number | Outcome> {
    const offers = await offersOf(this.#run);
    if ("kind" in offers) return offers;
    this.#offers = offers;
    return offers.concatenation ? this.#run.connections : 1;
  }

  creation({ start, end }: UploadPartRow, chunk: Chunk): RequestDetails {
    const isPartial = end - start < this.#body.size;
    // Never the whole: if the answer were lost, a second try would make a second complete upload. Nor on a retry: bytes
    // sent with a creation that breaks off are lost, so a line that cannot carry a chunk at once would never get further.
    const isWorthIt = this.#offers.creationWithUpload && !chunk.isLast && this.#run.row.attempts === 0;
    const content = isWorthIt ? chunk.content : undefined;
    return {
      url: this.#run.row.request.url,
      method: "POST",
      headers: {
        ...VERSION,
        "upload-length": String(end - start),
        ...(isPartial ? { "upload-concat": "partial" } : this.#headersOfWhole()),
        ...(content && { "content-type": CONTENT_TYPE }),
      },
      ...(content && { body: content }),
    };
  }

  readCreation(exchange: Exchange, { start, end }: UploadPartRow): Reply {
    const { response } = exchange;
    const reply = replyByStatus(response);
    if (reply !== undefined) return reply;
    // An empty body is complete when it is created, and a finish hook may have answered.
    if (start === end && response.headers.has("tus-resumable")) return { kind: "answer" };
    if (response.status !== 201) return nonsense(response, "without an upload");
    const url = locationOf(exchange);
    if (typeof url !== "string") return url;
    const offset =
      countIn(response.headers, "upload-offset") ?? (this.#offers.creationWithUpload ? undefined : 0);
    return { kind: "has", url, offset, isComplete: (offset ?? 0) === end - start };
  }

  retrieval(url: string): RequestDetails {
    return { url, method: "HEAD", headers: VERSION };
  }

  readRetrieval(response: Response, { url, start, end }: MadePart): Reply {
    const length = countIn(response.headers, "upload-length");
    if (length !== undefined && length !== end - start) return { kind: "gone" };
    const isDeferred = response.headers.get("upload-defer-length") === "1";
    this.#withoutLength[isDeferred ? "add" : "delete"](url);
    return this.#has(response, end - start);
  }

  async append({ url, start, end }: MadePart, { content, offset }: Chunk): Promise<RequestDetails> {
    return {
      url,
      method: "PATCH",
      headers: {
        ...VERSION,
        "content-type": CONTENT_TYPE,
        "upload-offset": String(offset),
        ...(this.#withoutLength.has(url) && { "upload-length": String(end - start) }),
        ...(await checksumOf(content, this.#offers.checksums)),
      },
      body: content,
    };
  }

  readAppend(response: Response, { content, offset, isLast }: Chunk, { url }: MadePart): Reply {
    // Usually from a proxy in front of the server, which has a limit of its own.
    if (response.status === 413) return { kind: "too-large" };
    if (response.status === CHECKSUM_MISMATCH) return nonsense(response, "the chunk arrived damaged");
    const reply = replyAboutUpload(response);
    if (reply !== undefined) return reply;
    this.#withoutLength.delete(url);
    return this.#has(response, isLast ? offset + content.size : Number.POSITIVE_INFINITY);
  }

  conclusion(parts: readonly UploadPartRow[]): RequestDetails {
    return {
      url: this.#run.row.request.url,
      method: "POST",
      headers: {
        ...VERSION,
        "upload-concat": `final;${parts.map(({ url }) => url).join(" ")}`,
        ...this.#headersOfWhole(),
      },
    };
  }

  removal(url: string): RequestDetails {
    return { url, method: "DELETE", headers: VERSION };
  }

  #has(response: Response, length: number): Reply {
    const offset = countIn(response.headers, "upload-offset");
    return offset === undefined
      ? nonsense(response, "without Upload-Offset")
      : { kind: "has", offset, isComplete: offset === length };
  }

  #headersOfWhole(): Record<string, string> {
    const metadata = metadataOf(this.#run.row, this.#body);
    return { ...idempotencyKeyOf(this.#run.row), ...(metadata !== "" && { "upload-metadata": metadata }) };
  }
}
