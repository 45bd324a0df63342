import { isA } from "../../protocol/platform-objects.ts";
import type { RequestRecord } from "../../protocol/request-record.ts";
import { checkSecrets, type SecretPolicy } from "../../protocol/secret-headers.ts";
import { SessionError } from "../../protocol/session-error.ts";
import { unsupportedReason } from "../../protocol/supported-address.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import { pageReferrer, pageReferrerPolicy } from "./page-referrer.ts";
import { bodyOfRequest, partsOf, type StorableBody, type StoredBody, storedBody } from "./stored-body.ts";

/** A request spelt out; the names and defaults are those of `fetch`. */
export interface RequestDescription {
  url: string | URL;
  /** @default "GET" */
  method?: string;
  headers?: HeadersInit;
  body?: StorableBody | null;
  /** @default "cors" */
  mode?: "cors" | "same-origin";
  /** @default "same-origin" */
  credentials?: RequestCredentials;
  /** Not `"only-if-cached"`. */
  cache?: RequestCache;
  /** @default the page that makes the task */
  referrer?: string;
  /** @default that of the page's `<meta name="referrer">`; a page's header cannot be read, and the worker's holds instead */
  referrerPolicy?: ReferrerPolicy;
  /** Redirects are always followed. */
  redirect?: "follow";
  /** Cancels the task when it is aborted, as that of the task's options. */
  signal?: AbortSignal | null;
  /** Without effect: a task outlives its page anyway. */
  keepalive?: boolean;
  /** Without effect: no body is a stream. */
  duplex?: "half";
  /** Without effect: a worker has no window. */
  window?: null;
}

/** What a task asks for. Relative addresses resolve against the document, as they do for `fetch`. */
export type TaskRequest = string | URL | Request | RequestDescription;

export interface RequestSnapshot {
  readonly record: RequestRecord;
  /** A body that is too large for the row, or has still to be read. */
  readonly body?: StoredBody["large"];
  /** The request's own. */
  readonly signal?: AbortSignal;
}

/**
 * Copies a request in the call, so that what the caller does to its objects later changes nothing (T2).
 * @throws TypeError for what is not a request, cannot be kept or must not be stored
 * @throws SessionError `unsupported-url`
 */
export function snapshotRequest(input: TaskRequest, policy: SecretPolicy): RequestSnapshot {
  const request = requestFrom(input);
  const headers: Record<string, string> = Object.fromEntries(request.headers);
  const body = ownBodyOf(input, request, headers);
  return snapshotOf(input, request, headers, body, policy);
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
  const request = requestFrom(input, "POST");
  if (isA(input, "Request") ? input.bodyUsed || bodyOfRequest(input) : descriptionOf(input).body != null) {
    throw new TypeError("The body of an upload is the second argument; the request must not have one.");
  }
  checkUploadMethod(request.method, protocol);
  const headers: Record<string, string> = Object.fromEntries(request.headers);
  const isInParts = protocol === undefined && isA(body, "FormData");
  // The content type has a boundary in it that is another one each time the form is encoded.
  const stored = isInParts ? { large: partsOf(body) } : storedBody(body, headers);
  return snapshotOf(input, request, headers, stored, policy);
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

function snapshotOf(
  input: TaskRequest,
  request: Request,
  headers: Record<string, string>,
  { body, large }: StoredBody,
  policy: SecretPolicy,
): RequestSnapshot {
  checkSecrets(headers, policy);
  const { url, method, mode, credentials, cache, referrer, referrerPolicy } = request;
  const { signal } = isA(input, "Request") ? input : descriptionOf(input);
  // WebKit lets it pass.
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
    integrity: "",
    ...(body !== undefined && { body }),
  };
  return { record, ...(signal && { signal }), ...(large !== undefined && { body: large }) };
}

/** What `fetch` checks of a description, beside its `url`; its `body` is stored, not sent from here. */
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
const PROPERTIES: ReadonlySet<string> = new Set(["url", "body", ...INIT]);

/** Returns the request, checked. */
function requestFrom(input: TaskRequest, defaultMethod?: string): Request {
  const request = isA(input, "Request") ? input : toRequest(descriptionOf(input), defaultMethod);
  checkAddress(request.url);
  checkKept(request);
  return request;
}

function descriptionOf(input: string | URL | RequestDescription): RequestDescription {
  const description = typeof input === "string" || isA(input, "URL") ? { url: input } : input;
  if (typeof description === "object" && description !== null && "url" in description) return description;
  throw new TypeError("The request must be a URL, a Request, or an object with a url.");
}

function toRequest(description: RequestDescription, defaultMethod = "GET"): Request {
  const unknown = Object.keys(description).find((name) => !PROPERTIES.has(name));
  if (unknown === "priority")
    throw new TypeError("The priority is that of the task: give it in the task's options.");
  if (unknown !== undefined)
    throw new TypeError(`"${unknown}" is not a property of a request that can be kept; is it misspelt?`);
  const init: Record<string, unknown> = { method: defaultMethod };
  for (const name of INIT) {
    // As `fetch` reads them: what is inherited counts.
    const value = (description as unknown as Record<string, unknown>)[name];
    if (value !== undefined) init[name] = value;
  }
  const address = resolve(description.url);
  if (description.body != null && /^(get|head)$/i.test(String(init.method))) {
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
  const reason = unsupportedReason(url);
  if (reason !== undefined) throw new SessionError("unsupported-url", reason);
}

/** @throws TypeError for what `fetch` would obey and a task cannot */
function checkKept({ mode, redirect, integrity, cache, url }: Request): void {
  if (mode !== "cors" && mode !== "same-origin") {
    throw new TypeError(`A request with mode "${mode}" has an answer that nobody may read; use "cors".`);
  }
  if (mode === "same-origin" && globalThis.location && new URL(url).origin !== globalThis.location.origin) {
    throw new TypeError('A request with mode "same-origin" cannot go to another origin.');
  }
  if (redirect !== "follow") {
    throw new TypeError(`Redirects are always followed; redirect: "${redirect}" is not supported.`);
  }
  if (integrity !== "") throw new TypeError("integrity is not supported yet; check the file after delivery.");
  if (cache === "only-if-cached")
    throw new TypeError('A request with cache "only-if-cached" asks nobody: there is nothing to transfer.');
}

function ownBodyOf(input: TaskRequest, request: Request, headers: Record<string, string>): StoredBody {
  if (!isA(input, "Request")) {
    const { body } = descriptionOf(input);
    return body == null ? {} : storedBody(body, headers);
  }
  if (request.bodyUsed) throw new TypeError("The body of the Request was used already.");
  const body = bodyOfRequest(request);
  return body === undefined ? {} : { large: body };
}
