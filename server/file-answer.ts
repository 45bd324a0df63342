import { once } from "node:events";
import type { Stats } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { PassThrough } from "node:stream";
import send from "send";
import type { Answer } from "./answer.ts";

export interface FileAnswerOptions {
  /** The directory that `path`, which is URL-encoded, is relative to and must stay in. */
  readonly root: string;
  readonly acceptRanges?: boolean;
  /** Additional headers of the answer; `ETag` and `Last-Modified` are ours, not those of `send`. */
  readonly headers: Headers;
  /** Called with the file found, before conditions are checked; may add headers. */
  readonly onFile?: (headers: Headers, path: string, stats: Stats) => void;
}

/** The answer of `send` to this request for a file: 200, 206, 304, 404, 412 or 416, with nothing sent yet. */
export async function fileAnswer(
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  path: string,
  { root, acceptRanges = true, headers, onFile }: FileAnswerOptions,
): Promise<Answer> {
  const draft = new AnswerDraft(headers);
  const readable = once(draft, "readable");
  send(request, path, {
    root,
    acceptRanges,
    cacheControl: false,
    etag: false,
    lastModified: false,
  })
    .on("headers", (_response, file, stats) => onFile?.(headers, file, stats))
    .on("stream", (file) => draft.once("close", () => file.destroy()))
    .pipe(draft);
  await readable;
  return { status: draft.statusCode, headers, body: draft };
}

/** Replaces the `ServerResponse` that `send` writes to, so that its answer can still be changed. */
class AnswerDraft extends PassThrough {
  statusCode = 200;
  readonly headersSent = false;
  readonly #headers: Headers;

  constructor(headers: Headers) {
    super();
    this.#headers = headers;
  }

  setHeader(name: string, value: string | number): void {
    this.#headers.set(name, String(value));
  }

  getHeader(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  getHeaderNames(): string[] {
    return [...this.#headers.keys()];
  }

  removeHeader(name: string): void {
    this.#headers.delete(name);
  }
}
