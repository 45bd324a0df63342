import { integrityOf } from "../../protocol/integrity.ts";
import { isA } from "../../protocol/platform-objects.ts";
import type { RequestRecord } from "../../protocol/request-record.ts";
import { checkSecrets, type SecretPolicy } from "../../protocol/secret-headers.ts";
import { SessionError } from "../../protocol/session-error.ts";
import { unsupportedReason } from "../../protocol/supported-address.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import { baseUrl } from "../base-url.ts";
import { pageReferrer, pageReferrerPolicy } from "./page-referrer.ts";
import { bodyOfRequest, partsOf, type StorableBody, type StoredBody, storedBody } from "./stored-body.ts";
import type { RequestDescription, TaskRequest } from "./task-request.ts";

export interface RequestSnapshot {
  readonly record: RequestRecord;
  /** A body that is too large for the row, or must still be read. */
  readonly body?: StoredBody["large"];
  /** The request's own. */
  readonly signal?: AbortSignal;
}

/**
 * Copies a request in the call, so that what the caller does to its objects later changes nothing (T2).
 * @throws TypeError if it is not a request, or cannot or must not be stored
 * @throws SessionError `unsupported-url`
 */
export function snapshotRequest(input: TaskRequest, policy: SecretPolicy): RequestSnapshot {
  const source = sourceOf(input, "GET");
  return snapshotOf(source, ownBodyOf(source), policy);
}

/**
 * Copies the request with which a download goes on.
 * @throws TypeError as `snapshotRequest`, and for any method but `GET` and for a `Range`
 */
export function snapshotForRest(input: TaskRequest, policy: SecretPolicy): RequestSnapshot {
  const snapshot = snapshotRequest(input, policy);
  const { method, headers } = snapshot.record;
  if (method !== "GET") throw new TypeError(`The rest of a download is asked for with GET, not ${method}.`);
  if ("range" in headers)
    throw new TypeError('The rest of a download needs no "Range": it is added when it is sent.');
  return snapshot;
}

/**
 * Copies a request that takes the place of `before`, whose method and body stay. A URL replaces the address alone.
 * @throws TypeError as `snapshotRequest`, and for another method or a body
 */
export function replacementOf(
  input: TaskRequest,
  before: RequestRecord,
  policy: SecretPolicy,
): RequestRecord {
  const isAddress = typeof input === "string" || isA(input, "URL");
  const source = sourceOf(isAddress ? { url: input, mode: before.mode as "cors" } : input, before.method);
  const { record } = snapshotOf(source, {}, policy);
  if (record.method !== before.method)
    throw new TypeError(`The method of a task stays ${before.method}; the request has ${record.method}.`);
  if (Object.keys(ownBodyOf(source)).length > 0)
    throw new TypeError("The task keeps its body; the request must not have one.");
  if (isAddress) return { ...before, url: record.url };
  return { ...record, integrity: record.integrity || before.integrity };
}

/**
 * Copies the request of an upload, with its body. A form is stored as its parts, so that its files are never read as a
 * whole; only if it is sent in several requests is it encoded now: each of them must see the same bytes.
 * @throws TypeError as `snapshotRequest`, and if the request has a body of its own or a method that allows none
 */
export function snapshotUpload(
  input: TaskRequest,
  body: StorableBody,
  policy: SecretPolicy,
  protocol: UploadProtocolName | undefined,
): RequestSnapshot {
  const source = sourceOf(input, "POST");
  const { given, request, headers } = source;
  if (given === request ? request.bodyUsed || bodyOfRequest(request) : given.body != null) {
    throw new TypeError("The body of an upload is the second argument; the request must not have one.");
  }
  checkUploadMethod(request.method, protocol);
  if (request.integrity !== "")
    throw new TypeError("integrity is for what a task receives; an upload has none.");
  const isInParts = protocol === undefined && isA(body, "FormData");
  // The content type has a boundary in it that differs each time the form is encoded.
  return snapshotOf(source, isInParts ? { large: partsOf(body) } : storedBody(body, headers), policy);
}

function checkUploadMethod(method: string, protocol: UploadProtocolName | undefined): void {
  if (protocol === "tus" && method !== "POST") {
    throw new TypeError(
      `A tus upload is created with POST, not ${method}; its URL is the creation endpoint.`,
    );
  }
  if (!["POST", "PUT", "PATCH"].includes(method)) {
    throw new TypeError(`An upload is sent with POST, PUT or PATCH, not ${method}.`);
  }
}

function snapshotOf(
  { given, request, headers }: Source,
  { body, large }: StoredBody,
  policy: SecretPolicy,
): RequestSnapshot {
  checkSecrets(headers, policy);
  const { url, method, mode, credentials, cache, referrer, referrerPolicy, integrity } = request;
  const { signal } = given;
  // WebKit does not check it.
  if (signal && !isA(signal, "AbortSignal")) throw new TypeError("signal must be an AbortSignal.");
  const record: RequestRecord = {
    url,
    method,
    headers,
    mode,
    credentials,
    cache,
    redirect: "follow",
    // In the worker it would become the worker's script.
    referrer: referrer === "about:client" ? pageReferrer() : referrer,
    referrerPolicy: referrerPolicy || pageReferrerPolicy(),
    integrity,
    ...(body !== undefined && { body }),
  };
  return { record, ...(signal && { signal }), ...(large !== undefined && { body: large }) };
}

/** The properties of a description that `fetch` checks, besides its `url`. Its `body` is stored, not sent from here. */
const INIT = [
  "method",
  "headers",
  "mode",
  "credentials",
  "cache",
  "referrer",
  "referrerPolicy",
  "redirect",
  "integrity",
  "signal",
  "keepalive",
  "duplex",
  "window",
] as const;
const PROPERTIES: readonly string[] = ["url", "body", ...INIT];

/** A request that was checked, and what it was made of: that is the same object if the caller gave a `Request`. */
interface Source {
  readonly given: Request | RequestDescription;
  readonly request: Request;
  readonly headers: Record<string, string>;
}

function sourceOf(input: TaskRequest, defaultMethod: string): Source {
  const isRequest = isA(input, "Request");
  const given = isRequest ? input : descriptionOf(input);
  const request = isRequest ? input : toRequest(given as RequestDescription, defaultMethod);
  checkAddress(request.url);
  checkStorable(request);
  return { given, request, headers: Object.fromEntries(request.headers) };
}

function descriptionOf(input: string | URL | RequestDescription): RequestDescription {
  const description = typeof input === "string" || isA(input, "URL") ? { url: input } : input;
  if (typeof description === "object" && description !== null && "url" in description) return description;
  throw new TypeError("The request must be a URL, a Request, or an object with a url.");
}

function toRequest(description: RequestDescription, defaultMethod: string): Request {
  const unknown = Object.keys(description).find((name) => !PROPERTIES.includes(name));
  if (unknown !== undefined)
    throw new TypeError(
      `"${unknown}" is not a property of a request (options of the task go into another argument); is it misspelt?`,
    );
  // Inherited properties count, as they do for `fetch`.
  const init = Object.fromEntries(INIT.map((name) => [name, Reflect.get(description, name)]));
  init.method ??= defaultMethod;
  const address = resolve(description.url);
  if (description.body != null && /^(get|head)$/i.test(String(init.method))) {
    throw new TypeError("A GET or HEAD request cannot have a body.");
  }
  return new Request(address, init);
}

function resolve(url: unknown): string {
  try {
    return new URL(String(url), baseUrl()).href;
  } catch (cause) {
    throw new TypeError(`"${String(url)}" is not a valid URL.`, { cause });
  }
}

export function checkAddress(url: string): void {
  const reason = unsupportedReason(url);
  if (reason !== undefined) throw new SessionError("unsupported-url", reason);
}

/** @throws TypeError for what `fetch` would do and a task cannot */
function checkStorable({ mode, redirect, integrity, cache, url }: Request): void {
  if (mode !== "cors" && mode !== "same-origin") {
    throw new TypeError(`A request with mode "${mode}" has a response that nobody may read; use "cors".`);
  }
  if (mode === "same-origin" && globalThis.location && new URL(url).origin !== globalThis.location.origin) {
    throw new TypeError('A request with mode "same-origin" cannot go to another origin.');
  }
  if (redirect !== "follow") {
    throw new TypeError(`Redirects are always followed; redirect: "${redirect}" is not supported.`);
  }
  if (integrity !== "" && integrityOf(integrity) === undefined) {
    throw new TypeError(
      'integrity must be hashes as in Subresource Integrity: "sha256-", "sha384-" or "sha512-" and the digest in base64.',
    );
  }
  if (cache === "only-if-cached")
    throw new TypeError('A request with cache "only-if-cached" asks nobody: there is nothing to transfer.');
}

function ownBodyOf({ given, request, headers }: Source): StoredBody {
  if (given !== request) {
    const { body } = given as RequestDescription;
    return body == null ? {} : storedBody(body, headers);
  }
  if (request.bodyUsed) throw new TypeError("The body of the Request was used already.");
  const body = bodyOfRequest(request);
  return body === undefined ? {} : { large: body };
}
