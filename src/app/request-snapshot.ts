import type { RequestRecord } from "../protocol/request-record.ts";
import { checkSecrets, type SecretPolicy } from "../protocol/secret-headers.ts";
import { SessionError } from "../protocol/session-error.ts";
import type { UploadProtocolName } from "../protocol/upload-protocol.ts";
import type { BodyContent, FormPart } from "../store/schema.ts";
import { encodeForm } from "./form-encoding.ts";

/** Bodies that can be stored. A stream cannot: read it into a `Blob` first. */
export type StorableBody =
  | string
  | URLSearchParams
  | ArrayBuffer
  | ArrayBufferView<ArrayBuffer>
  | Blob
  | FormData;

/** A request spelt out; the names and defaults are those of `fetch`. */
export interface RequestDescription {
  url: string | URL;
  /** @default "GET" */
  method?: string;
  headers?: HeadersInit;
  body?: StorableBody;
  /** @default "cors" */
  mode?: "cors" | "same-origin";
  /** @default "same-origin" */
  credentials?: RequestCredentials;
  cache?: RequestCache;
  referrer?: string;
  referrerPolicy?: ReferrerPolicy;
}

/** What a task asks for. Relative addresses resolve against the document, as they do for `fetch`. */
export type TaskRequest = string | URL | Request | RequestDescription;

export interface RequestSnapshot {
  readonly record: RequestRecord;
  /** A body that is too large for the row, or has still to be read. */
  readonly body?: BodyContent | Promise<BodyContent>;
}

/** Up to here a body lies in the row itself. */
const INLINE_BYTES = 64 * 1024;

/**
 * Copies a request in the call, so that what the caller does to its objects later changes nothing (T2).
 * @throws TypeError for what is not a request or must not be stored
 * @throws SessionError `unsupported-url`
 */
export function snapshotRequest(input: TaskRequest, policy: SecretPolicy): RequestSnapshot {
  const request = input instanceof Request ? input : toRequest(input);
  checkAddress(request.url);
  checkModes(request);
  const headers: Record<string, string> = Object.fromEntries(request.headers);
  const content = input instanceof Request ? bodyOfRequest(input) : bodyOfDescription(input, headers);
  checkSecrets(headers, policy);
  return snapshotOf(request, headers, content);
}

/**
 * Copies the request with which a download goes on.
 * @throws TypeError as `snapshotRequest`, for another method than `GET` and for a `Range`
 */
export function snapshotForRest(input: TaskRequest, policy: SecretPolicy): RequestSnapshot {
  const snapshot = snapshotRequest(input, policy);
  const { method, headers } = snapshot.record;
  if (method !== "GET") throw new TypeError(`The rest of a download is asked for with GET, not ${method}.`);
  if ("range" in headers)
    throw new TypeError('The rest of a download needs no "Range": it is added when it is asked for.');
  return snapshot;
}

/**
 * Copies the request of an upload; `body` goes with it. A form is taken apart, so that its files are never read as
 * a whole, but where it goes in several requests: there it must be the same bytes each time.
 * @throws TypeError as `snapshotRequest`, for a request that has a body of its own or a method that has none
 */
export function snapshotUpload(
  input: TaskRequest,
  body: StorableBody,
  policy: SecretPolicy,
  protocol: UploadProtocolName | undefined,
): RequestSnapshot {
  const request = input instanceof Request ? input : toRequest(withMethod(input));
  if (input instanceof Request ? ownBodyOf(input) !== undefined : hasOwnBody(input)) {
    throw new TypeError("The body of an upload is the second argument; the request must not have one.");
  }
  checkAddress(request.url);
  checkModes(request);
  checkUploadMethod(request.method, protocol);
  const headers: Record<string, string> = Object.fromEntries(request.headers);
  const content =
    body instanceof FormData && protocol === undefined ? partsOf(body, headers) : contentOf(body, headers);
  checkSecrets(headers, policy);
  return snapshotOf(request, headers, content);
}

function withMethod(input: string | URL | RequestDescription): RequestDescription {
  const description = typeof input === "string" || input instanceof URL ? { url: input } : input;
  return { method: "POST", ...description };
}

function hasOwnBody(input: string | URL | RequestDescription): boolean {
  return typeof input === "object" && "body" in input && input.body !== undefined;
}

function checkUploadMethod(method: string, protocol: UploadProtocolName | undefined): void {
  if (protocol === "tus" && method !== "POST") {
    throw new TypeError(
      `A tus upload is created with POST, not ${method}; its address is the creation endpoint.`,
    );
  }
  if (!["POST", "PUT", "PATCH"].includes(method)) {
    throw new TypeError(`An upload is sent with POST, PUT or PATCH, not ${method}.`);
  }
}

/** The content type has a boundary in it that is another one each time the form is encoded. */
function partsOf(form: FormData, headers: Record<string, string>): Content {
  delete headers["content-type"];
  return { large: [...form] as FormPart[] };
}

function snapshotOf(
  request: Request,
  headers: Record<string, string>,
  { body, ...rest }: Content,
): RequestSnapshot {
  const record: RequestRecord = {
    url: request.url,
    method: request.method,
    headers,
    mode: request.mode,
    credentials: request.credentials,
    cache: request.cache,
    redirect: "follow",
    referrer: request.referrer,
    referrerPolicy: request.referrerPolicy,
    integrity: "",
    ...(body !== undefined && { body }),
  };
  return { record, ...(rest.large !== undefined && { body: rest.large }) };
}

const REQUEST_PROPERTIES: ReadonlySet<string> = new Set<keyof RequestDescription>([
  "method",
  "headers",
  "mode",
  "credentials",
  "cache",
  "referrer",
  "referrerPolicy",
]);

function toRequest(input: string | URL | RequestDescription): Request {
  const description = typeof input === "string" || input instanceof URL ? { url: input } : input;
  if (typeof description !== "object" || description === null || !("url" in description)) {
    throw new TypeError("The request must be a URL, a Request, or an object with a url.");
  }
  const { url, body, ...init } = description;
  const unknown = Object.keys(init).find((name) => !REQUEST_PROPERTIES.has(name));
  if (unknown !== undefined)
    throw new TypeError(`"${unknown}" is not a property of a request; is it misspelt?`);
  const address = resolve(url);
  if (body !== undefined && ["GET", "HEAD"].includes((init.method ?? "GET").toUpperCase())) {
    throw new TypeError("A GET or HEAD request cannot have a body.");
  }
  return new Request(address, init);
}

function resolve(url: unknown): string {
  const base = typeof document === "undefined" ? globalThis.location?.href : document.baseURI;
  try {
    return new URL(String(url), base).href;
  } catch (cause) {
    throw new TypeError(`"${String(url)}" is not a valid URL.`, { cause });
  }
}

export function checkAddress(url: string): void {
  const { protocol } = new URL(url);
  if (protocol === "http:" || protocol === "https:") return;
  throw new SessionError(
    "unsupported-url",
    `Only http: and https: can be transferred, not ${protocol} (${url}).`,
  );
}

function checkModes(request: Request): void {
  if (request.mode === "no-cors") {
    throw new TypeError('A request with mode "no-cors" has an answer that nobody may read; use "cors".');
  }
  if (request.redirect !== "follow") {
    throw new TypeError(`Redirects are always followed; redirect: "${request.redirect}" is not supported.`);
  }
  if (request.integrity !== "")
    throw new TypeError("integrity is not supported yet; check the file after delivery.");
}

interface Content {
  readonly body?: ArrayBuffer;
  readonly large?: BodyContent | Promise<BodyContent>;
}

function bodyOfRequest(request: Request): Content {
  if (request.method === "GET" || request.method === "HEAD") return {};
  if (request.bodyUsed) throw new TypeError("The body of the Request was used already.");
  const body = ownBodyOf(request);
  return body === undefined ? {} : { large: body };
}

/** Firefox has no `Request.body` to ask for, but what has no body cannot be used up. */
function ownBodyOf(request: Request): Promise<Blob> | undefined {
  const copy = request.clone();
  const body = copy.blob();
  return copy.bodyUsed ? body : undefined;
}

function bodyOfDescription(
  input: string | URL | RequestDescription,
  headers: Record<string, string>,
): Content {
  const body = typeof input === "string" || input instanceof URL ? undefined : input.body;
  return body === undefined || body === null ? {} : contentOf(body, headers);
}

/** Returns a body as it is kept, and sets the content type that it stands for. */
function contentOf(body: StorableBody, headers: Record<string, string>): Content {
  if (body instanceof FormData) {
    const { type, blob } = encodeForm(body);
    headers["content-type"] = type;
    return { large: blob };
  }
  if (body instanceof Blob) {
    if (body.type !== "") headers["content-type"] ??= body.type;
    return { large: body };
  }
  if (typeof body === "string") headers["content-type"] ??= "text/plain;charset=UTF-8";
  if (body instanceof URLSearchParams)
    headers["content-type"] ??= "application/x-www-form-urlencoded;charset=UTF-8";
  const bytes = bytesOf(body);
  return bytes.byteLength <= INLINE_BYTES ? { body: bytes.slice().buffer } : { large: new Blob([bytes]) };
}

function bytesOf(
  body: string | URLSearchParams | ArrayBuffer | ArrayBufferView<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (typeof body === "string" || body instanceof URLSearchParams) {
    return new TextEncoder().encode(String(body)) as Uint8Array<ArrayBuffer>;
  }
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError(
    "The body must be a string, URLSearchParams, FormData, Blob, ArrayBuffer or a view of one; a stream cannot be stored, and an object needs JSON.stringify().",
  );
}
