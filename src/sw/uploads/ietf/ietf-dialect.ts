import type { Run } from "../../ports/transport.ts";
import type { ChunkSize } from "../chunk-size.ts";
import type { Dialect, Reply } from "../dialect.ts";
import { idempotencyKeyOf } from "../idempotency-key.ts";
import { countIn, hopeless, locationOf, nonsense, replyAboutUpload, replyByStatus } from "../reply.ts";
import { extValue } from "./ext-value.ts";
import { limitsIn } from "./limits.ts";
import { isProblem } from "./problem.ts";

const VERSION = { "upload-draft-interop-version": "8" };
const CONTENT_TYPE = "application/partial-upload";
/** If a server takes less at a time, requests would follow without a pause and get nowhere, unless the body is small. */
const WORTHWHILE_BYTES = 1024;
const FEW_APPENDS = 100;

/**
 * Resumable Uploads for HTTP, draft-ietf-httpbis-resumable-upload-12, interop version 8. A browser cannot see the
 * interim response 104, so the upload is always created empty: its URL is known before the first byte is sent.
 */
export function ietfDialect(run: Run, body: Blob, chunkSize: ChunkSize): Dialect {
  const { row } = run;
  const { size } = body;

  /** Applies the limits of the server. @returns a reply if the body exceeds them */
  function tooLarge({ headers }: Response): Reply | undefined {
    const limits = limitsIn(headers);
    chunkSize.limit(limits["min-append-size"], limits["max-append-size"]);
    const { "max-size": max = size, "max-append-size": append = size } = limits;
    const isTrickle = append < Math.min(WORTHWHILE_BYTES, size / FEW_APPENDS);
    if (size <= max && !isTrickle) return undefined;
    return hopeless(`The server takes at most ${max} bytes, ${append} at a time, and the body has ${size}.`);
  }

  return {
    version: VERSION,

    creation() {
      const { url, method, headers } = row.request;
      const type = headers["content-type"];
      return {
        url,
        method,
        headers: {
          ...VERSION,
          ...dispositionOf(body),
          "upload-complete": size === 0 ? "?1" : "?0",
          "upload-length": String(size),
          ...(type !== undefined && { "content-type": type }),
          ...idempotencyKeyOf(row),
        },
      };
    },

    readCreation(exchange) {
      const { response } = exchange;
      if (isComplete(response)) return { kind: "answer" };
      const reply = replyByStatus(response);
      if (reply !== undefined) return reply;
      if (size === 0) return { kind: "answer" };
      if (!response.headers.has("location") && isPage(response)) {
        return nonsense(response, "without an upload");
      }
      const url = locationOf(exchange);
      if (typeof url !== "string") return url;
      return tooLarge(response) ?? { kind: "has", url, offset: 0, isComplete: false };
    },

    readRetrieval(response, { end }) {
      const length = countIn(response.headers, "upload-length");
      if (length !== undefined && length !== end) return { kind: "gone" };
      const offset = countIn(response.headers, "upload-offset");
      if (offset === undefined) return nonsense(response, "without Upload-Offset");
      if (isComplete(response) && offset !== end) return nonsense(response, "complete, but not whole");
      return tooLarge(response) ?? { kind: "has", offset, isComplete: isComplete(response) };
    },

    append: ({ url }, { content, offset, isLast }) => ({
      url,
      method: "PATCH",
      headers: {
        ...VERSION,
        "content-type": CONTENT_TYPE,
        "upload-offset": String(offset),
        "upload-complete": isLast ? "?1" : "?0",
      },
      body: content,
    }),

    async readAppend(response, { content, offset, isLast }) {
      // The resource has the whole, or has refused it: the status does not matter.
      if (isComplete(response)) {
        return isLast || !response.ok ? { kind: "answer" } : nonsense(response, "complete, but not whole");
      }
      const refusal = await readRefusal(response);
      if (refusal !== undefined) return refusal;
      if (!response.headers.has("upload-complete")) {
        return nonsense(response, "without Upload-Complete");
      }
      const end = countIn(response.headers, "upload-offset") ?? offset + content.size;
      return { kind: "has", offset: end, isComplete: false };
    },
  };
}

async function readRefusal(response: Response): Promise<Reply | undefined> {
  if (await isProblem(response, "mismatching-upload-offset", "completed-upload")) return { kind: "conflict" };
  if (await isProblem(response, "inconsistent-upload-length")) return { kind: "gone" };
  return replyAboutUpload(response);
}

function dispositionOf(body: Blob): Record<string, string> {
  if (!(body instanceof File) || body.name === "") return {};
  return { "content-disposition": `inline; filename*=UTF-8''${extValue(body.name)}` };
}

function isComplete({ headers }: Response): boolean {
  return headers.get("upload-complete") === "?1";
}

function isPage({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("text/html") ?? false;
}
