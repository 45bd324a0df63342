import { isWebKit } from "../../protocol/is-webkit.ts";
import { isA, ownBlob, ownFile } from "../../protocol/platform-objects.ts";
import { readBodyOf } from "../../protocol/request-body.ts";
import type { BodyContent, FormPart } from "../../store/schema.ts";
import { encodeForm } from "./form-encoding.ts";

/** Bodies that can be stored. A stream cannot: read it into a `Blob` first. */
export type StorableBody = string | URLSearchParams | ArrayBuffer | ArrayBufferView | Blob | FormData;

/** A body as it is stored: in the row itself, or beside it. */
export interface StoredBody {
  readonly body?: ArrayBuffer;
  readonly large?: BodyContent | Promise<BodyContent>;
}

/** Up to here a body lies in the row itself. */
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
  // Promises and Blobs of an iframe come to nothing when that has gone.
  return readBodyOf(copy instanceof Request ? copy : new Request(copy));
}

/** Returns a body as it is stored, and sets the content type that `fetch` would give it. */
export function storedBody(body: StorableBody, headers: Record<string, string>): StoredBody {
  if (isA(body, "FormData")) {
    const { type, blob } = encodeForm(partsOf(body));
    headers["content-type"] ??= type;
    return { large: blob };
  }
  if (isA(body, "Blob")) {
    if (body.type !== "") headers["content-type"] ??= body.type;
    return { large: ownBlob(body) };
  }
  const isParams = isA(body, "URLSearchParams");
  if (typeof body === "string") headers["content-type"] ??= "text/plain;charset=UTF-8";
  if (isParams) headers["content-type"] ??= "application/x-www-form-urlencoded;charset=UTF-8";
  const bytes = bytesOf(isParams ? String(body) : body);
  return bytes.byteLength <= INLINE_BYTES ? { body: bytes.slice().buffer } : { large: new Blob([bytes]) };
}

/**
 * Returns the parts of a form. If it was chosen with its folder, the name of a file is the path in that; WebKit alone
 * sends the bare name.
 */
export function partsOf(form: FormData): FormPart[] {
  return [...form].map(([name, value]) => {
    if (typeof value === "string") return [name, value];
    const path = value.webkitRelativePath;
    // Chromium leaves the path on a file that the app has given another name.
    const hasPath = !isWebKit() && path?.endsWith(`/${value.name}`);
    return hasPath ? [name, ownFile(value), path] : [name, ownFile(value)];
  });
}

function bytesOf(body: string | ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return new TextEncoder().encode(body) as Uint8Array<ArrayBuffer>;
  if (isA(body, "ArrayBuffer")) return new Uint8Array(body);
  if (ArrayBuffer.isView(body) && isA(body.buffer, "ArrayBuffer"))
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError(
    "The body must be a string, URLSearchParams, FormData, Blob, ArrayBuffer or a view of one; a stream cannot be stored, and an object needs JSON.stringify().",
  );
}
