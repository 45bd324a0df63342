import type { UploadPartRow } from "../../../store/schema.ts";
import type { Outcome } from "../../decisions/outcome.ts";
import type { RequestDetails, Run } from "../../ports/transport.ts";
import type { Dialect, Reply } from "../dialect.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import { countIn, locationOf, nonsense, replyAboutUpload, replyByStatus } from "../reply.ts";
import { checksumOf } from "./checksum.ts";
import { metadataOf } from "./metadata.ts";
import { NO_OFFERS, offersOf } from "./offers.ts";

const VERSION = { "tus-resumable": "1.0.0" };
const CONTENT_TYPE = "application/offset+octet-stream";
/** The chunk arrived damaged (checksum extension). */
const CHECKSUM_MISMATCH = 460;

/** What tus has beyond an upload in one piece. */
export interface TusDialect extends Dialect {
  /** Asks the server what it supports. @returns how many parts the body may be divided into, or how the run ends */
  prepare(): Promise<number | Outcome>;
  /** Puts several parts together; the answer is that to the task. */
  conclusion(parts: readonly UploadPartRow[]): RequestDetails;
}

/** tus 1.0.0, https://tus.io/protocols/resumable-upload */
export function tusDialect(run: Run, body: Blob): TusDialect {
  const { row } = run;
  let offers = NO_OFFERS;
  /** URLs of parts whose length the server does not know yet. */
  const withoutLength = new Set<string>();

  function aboutWhole(): Record<string, string> {
    const metadata = metadataOf(row, body);
    return { ...idempotencyKeyOf(row), ...(metadata !== "" && { "upload-metadata": metadata }) };
  }

  function create(headers: Record<string, string>, content?: Blob) {
    const { url } = row.request;
    return { url, method: "POST", headers: { ...VERSION, ...headers }, ...(content && { body: content }) };
  }

  return {
    version: VERSION,

    async prepare() {
      const found = await offersOf(run);
      if ("kind" in found) return found;
      offers = found;
      return offers.concatenation ? run.connections : 1;
    },

    creation(part, chunk) {
      const length = lengthOf(part);
      // Never the whole: if the answer were lost, a second try would make a second complete upload. Nor on a retry: bytes
      // sent with a creation that breaks off are lost, so a line that cannot carry a chunk at once would never get further.
      const isWorthIt = offers.creationWithUpload && !chunk.isLast && row.attempts === 0;
      const headers = {
        "upload-length": String(length),
        ...(length < body.size ? { "upload-concat": "partial" } : aboutWhole()),
        ...(isWorthIt && { "content-type": CONTENT_TYPE }),
      };
      return create(headers, isWorthIt ? chunk.content : undefined);
    },

    readCreation(exchange, part) {
      const { response } = exchange;
      const reply = replyByStatus(response);
      if (reply !== undefined) return reply;
      const length = lengthOf(part);
      // An empty body is complete when it is created, and a finish hook may have answered.
      if (length === 0 && response.headers.has("tus-resumable")) return { kind: "answer" };
      // Some servers say 200, as a captive portal does, which names no upload.
      if (response.status !== 201 && !response.headers.has("location"))
        return nonsense(response, "without an upload");
      const url = locationOf(exchange);
      if (typeof url !== "string") return url;
      const offset =
        countIn(response.headers, "upload-offset") ?? (offers.creationWithUpload ? undefined : 0);
      return { kind: "has", url, offset, isComplete: (offset ?? 0) === length };
    },

    readRetrieval(response, part) {
      const length = countIn(response.headers, "upload-length");
      if (length !== undefined && length !== lengthOf(part)) return { kind: "gone" };
      const isDeferred = response.headers.get("upload-defer-length") === "1";
      withoutLength[isDeferred ? "add" : "delete"](part.url);
      return readOffset(response, lengthOf(part));
    },

    async append(part, { content, offset }) {
      const { url } = part;
      const headers = {
        ...VERSION,
        "content-type": CONTENT_TYPE,
        "upload-offset": String(offset),
        ...(withoutLength.has(url) && { "upload-length": String(lengthOf(part)) }),
        ...(await checksumOf(content, offers.checksums)),
      };
      return { url, method: "PATCH", headers, body: content };
    },

    readAppend(response, { content, offset, isLast }, { url }) {
      if (response.status === CHECKSUM_MISMATCH) return nonsense(response, "the chunk arrived damaged");
      const reply = replyAboutUpload(response);
      if (reply !== undefined) return reply;
      withoutLength.delete(url);
      return readOffset(response, isLast ? offset + content.size : Number.POSITIVE_INFINITY);
    },

    conclusion: (parts) =>
      create({ "upload-concat": `final;${parts.map(({ url }) => url).join(" ")}`, ...aboutWhole() }),
  };
}

function lengthOf({ start, end }: UploadPartRow): number {
  return end - start;
}

/** @param length the offset at which the part is complete */
function readOffset(response: Response, length: number): Reply {
  const offset = countIn(response.headers, "upload-offset");
  return offset === undefined
    ? nonsense(response, "without Upload-Offset")
    : { kind: "has", offset, isComplete: offset === length };
}
