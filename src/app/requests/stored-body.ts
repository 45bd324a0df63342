import { isWebKit } from "../../protocol/is-webkit.ts";
import { isA, ownBlob, ownFile } from "../../protocol/platform-objects.ts";
import { readBodyOf } from "../../protocol/request-body.ts";
import { SessionError } from "../../protocol/session-error.ts";
import type { BodyContent, FormPart } from "../../store/schema.ts";
import { encodeForm } from "./form-encoding.ts";

/**
 * Bodies that can be stored. A stream of bytes is used up and read to its end first: the task is stored, and can survive its
 * page, when the promise of `resume()` fulfils. If the stream fails, that rejects with `file-missing`, and there is no task.
 */
export type StorableBody =
  | string
  | URLSearchParams
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | FormData
  | ReadableStream<Uint8Array>;

/** A body as it is stored: in the row itself, or beside it. */
export interface StoredBody {
  readonly body?: ArrayBuffer;
  readonly large?: BodyContent | Promise<BodyContent>;
}

/** A body up to this size is stored in the row itself. */
const INLINE_BYTES = 64 * 1024;

/**
 * Reads the body of a `Request`, which stays usable; undefined if it has none.
 * @throws TypeError for a form in WebKit, which cannot read one with a file out of a `Request`
 */
export function bodyOfRequest(request: Request): Promise<Blob> | undefined {
  if (isWebKit() && /^multipart\/form-data/i.test(request.headers.get("content-type") ?? ""))
    throw new TypeError(
      "WebKit cannot read a form out of a Request: hand over a url and the FormData itself.",
    );
  const copy = request.clone();
  // Promises and Blobs of an iframe are lost when the iframe is gone.
  return readBodyOf(copy instanceof Request ? copy : new Request(copy));
}

/** Returns a body as it is stored, and sets the content type that `fetch` would give it. */
export function storedBody(body: StorableBody, headers: Record<string, string>): StoredBody {
  const [type, stored] = encoded(body);
  if (type !== "") headers["content-type"] ??= type;
  if (stored instanceof Uint8Array)
    return stored.byteLength <= INLINE_BYTES
      ? { body: stored.slice().buffer }
      : { large: new Blob([stored]) };
  return { large: stored };
}

function encoded(body: StorableBody): [type: string, stored: Uint8Array<ArrayBuffer> | Blob | Promise<Blob>] {
  if (isA(body, "FormData")) {
    const { type, blob } = encodeForm(partsOf(body));
    return [type, blob];
  }
  if (isA(body, "Blob")) return [body.type, ownBlob(body)];
  if (isA(body, "URLSearchParams"))
    return ["application/x-www-form-urlencoded;charset=UTF-8", utf8(String(body))];
  if (typeof body === "string") return ["text/plain;charset=UTF-8", utf8(body)];
  if (isA(body, "ArrayBuffer")) return ["", new Uint8Array(body)];
  if (ArrayBuffer.isView(body) && isA(body.buffer, "ArrayBuffer"))
    return ["", new Uint8Array(body.buffer, body.byteOffset, body.byteLength)];
  // It throws if the stream is locked or was read from. The browser puts what is large on disk as it comes.
  if (isA(body, "ReadableStream")) return ["", new Response(body).blob().catch(streamFailed)];
  throw new TypeError(
    "The body must be a string, URLSearchParams, FormData, Blob, ReadableStream, ArrayBuffer or a view of one; an object needs JSON.stringify().",
  );
}

function streamFailed(cause: unknown): never {
  throw new SessionError("file-missing", `The body's stream failed before it was stored: ${cause}`, {
    cause,
  });
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

/**
 * Returns the parts of a form. If a file was chosen with its folder, its name is the path in the folder, except in WebKit,
 * which sends the bare name.
 */
export function partsOf(form: FormData): FormPart[] {
  return [...form].map(([name, value]) => {
    if (typeof value === "string") return [name, value];
    const path = value.webkitRelativePath;
    // Chromium keeps the path of a file that the app has renamed.
    const hasPath = !isWebKit() && path?.endsWith(`/${value.name}`);
    return hasPath ? [name, ownFile(value), path] : [name, ownFile(value)];
  });
}
