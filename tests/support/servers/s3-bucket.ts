import { createHash, createHmac, randomUUID } from "node:crypto";
import { type TimeIn, timeRefusal } from "./amz-time.ts";
import { error, xml } from "./s3-answers.ts";

/** What makes a bucket differ from AWS, and what it exposes to other origins. */
export interface BucketHabits {
  /** @default 5 MiB */
  readonly leastPartBytes?: number;
  /** Parts on a page of ListParts. @default 1000 */
  readonly pageSize?: number;
  /** R2: all parts but the last have the same size. */
  readonly wantsEqualParts?: boolean;
  /** MinIO: a second Complete is answered with 404. */
  readonly forgetsCompleted?: boolean;
  /** @default "ETag, x-amz-meta-upload-token" */
  readonly exposed?: string;
  /** Whether a request is signed; in place of the addresses that `sign` returns. */
  readonly isSigned?: (request: Request) => boolean;
  /** The bucket's clock, which judges addresses of AWS. @default none does */
  readonly now?: () => number;
  /** @default "body" */
  readonly timeIn?: TimeIn;
}

interface MadeUpload {
  readonly key: string;
  readonly headers: Headers;
  readonly parts: Map<number, { readonly etag: string; readonly bytes: Buffer }>;
  /** The answer to Complete. */
  completed?: string;
}

/** A finished object. */
export interface StoredObject {
  /** The parts in their order. */
  readonly pieces: readonly Buffer[];
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly headers: Headers;
}

export interface BucketRequest {
  /** `create`, `part 3`, `list`, `complete`, `abort`, `put`, `head` */
  readonly name: string;
  readonly sizeBytes: number;
}

const SECRET = "a key that no browser has";
const DAY_MS = 86_400_000;

/** A bucket that keeps the rules of S3 multipart uploads, and the addresses that are signed for it. */
export class S3Bucket {
  readonly requests: BucketRequest[] = [];
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, MadeUpload>();
  habits: BucketHabits;
  /** Answers in place of the bucket, or, with `after`, in place of its answer. */
  fault: (name: string, number: number) => Response | { readonly after: Response } | undefined = () =>
    undefined;

  constructor(habits: BucketHabits = {}) {
    this.habits = habits;
  }

  /** The names of the requests. */
  get talk(): string[] {
    return this.requests.map(({ name }) => name);
  }

  /** Signs the address of a request: its method, path and query, until it expires. */
  sign(method: string, url: string, expiresInMs = DAY_MS): string {
    const signed = new URL(url);
    signed.searchParams.set("expires", String(Date.now() + expiresInMs));
    signed.searchParams.set("signature", signatureOf(method, signed));
    return signed.href;
  }

  readonly handle = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    if (request.method === "OPTIONS") return this.#withCors(new Response(null, { status: 204 }));
    const { isSigned } = this.habits;
    const refusal = isSigned ? signatureRefusal(isSigned(request)) : accessRefusal(request.method, url);
    if (refusal !== undefined) return refusal;
    const { now, timeIn = "body" } = this.habits;
    const untimely = now && timeRefusal(url.searchParams, now(), timeIn);
    if (untimely) return this.#withCors(untimely);
    const body = Buffer.from(await request.arrayBuffer());
    const name = nameOf(request.method, url.searchParams);
    this.requests.push({ name, sizeBytes: body.length });
    const fault = this.fault(name, this.talk.filter((it) => it === name).length);
    if (fault instanceof Response) return this.#withCors(fault);
    const answer = this.#answer(request, url, body);
    return this.#withCors(fault?.after ?? answer);
  };

  #answer({ method, headers }: Request, { pathname: key, searchParams }: URL, body: Buffer): Response {
    const id = searchParams.get("uploadId");
    if (id !== null) return this.#answerUpload(method, id, key, searchParams, body);
    if (searchParams.has("uploads") && method === "POST") return this.#create(key, headers);
    if (method === "PUT") return this.#put(key, headers, body);
    const object = this.objects.get(key);
    if (method !== "HEAD" || object === undefined) return error(404, "NoSuchKey");
    const token = object.headers.get("x-amz-meta-upload-token");
    return new Response(null, {
      headers: {
        etag: object.etag,
        "content-length": String(object.sizeBytes),
        ...(token !== null && { "x-amz-meta-upload-token": token }),
      },
    });
  }

  #answerUpload(method: string, id: string, key: string, query: URLSearchParams, body: Buffer): Response {
    const upload = this.uploads.get(id);
    if (upload?.key !== key) return error(404, "NoSuchUpload");
    if (method === "POST") return this.#complete(upload, body.toString());
    if (upload.completed !== undefined) return error(404, "NoSuchUpload");
    if (method === "GET") return this.#list(upload, Number(query.get("part-number-marker") ?? 0));
    if (method === "PUT") return putPart(upload, Number(query.get("partNumber")), body);
    this.uploads.delete(id);
    return new Response(null, { status: 204 });
  }

  #create(key: string, headers: Headers): Response {
    const id = randomUUID();
    this.uploads.set(id, { key, headers, parts: new Map() });
    return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  }

  #put(key: string, headers: Headers, bytes: Buffer): Response {
    const etag = md5(bytes);
    this.#store(key, [bytes], etag, headers);
    return new Response(null, { headers: { etag } });
  }

  #list({ parts }: MadeUpload, marker: number): Response {
    const { pageSize = 1000 } = this.habits;
    const rest = [...parts].sort(([a], [b]) => a - b).filter(([number]) => number > marker);
    const page = rest.slice(0, pageSize);
    const listed = page.map(
      ([number, { etag, bytes }]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', "&quot;")}</ETag><Size>${bytes.length}</Size></Part>`,
    );
    const last = page.at(-1)?.[0] ?? marker;
    return xml(
      `<ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><NextPartNumberMarker>${last}</NextPartNumberMarker>` +
        `<IsTruncated>${rest.length > page.length}</IsTruncated>${listed.join("")}</ListPartsResult>`,
    );
  }

  #complete(upload: MadeUpload, text: string): Response {
    if (upload.completed !== undefined)
      return this.habits.forgetsCompleted ? error(404, "NoSuchUpload") : xml(upload.completed);
    // Clients differ in the order of the elements and in the quotes of ETags, and S3 takes them all.
    const named = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => {
      const inner = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(part)?.[1] ?? "";
      return [Number(inner("PartNumber")), inner("ETag").replace(/&#34;|&quot;|"/g, "")] as const;
    });
    if (named.length === 0) return error(400, "MalformedXML");
    if (named.some(([number], index) => number <= (named[index - 1]?.[0] ?? 0)))
      return error(400, "InvalidPartOrder");
    const parts = named.map(([number, etag]) => {
      const part = upload.parts.get(number);
      return part?.etag.slice(1, -1) === etag ? part : undefined;
    });
    const whole = parts.filter((part) => part !== undefined);
    if (whole.length < parts.length) return error(400, "InvalidPart");
    const { leastPartBytes = 5 * 1024 * 1024, wantsEqualParts } = this.habits;
    const sizes = whole.slice(0, -1).map(({ bytes }) => bytes.length);
    if (sizes.some((size) => size < leastPartBytes)) return error(400, "EntityTooSmall");
    if (wantsEqualParts && new Set(sizes).size > 1) return error(400, "InvalidPart");
    const digests = Buffer.concat(whole.map(({ etag }) => Buffer.from(etag.slice(1, -1), "hex")));
    const etag = `${md5(digests).slice(0, -1)}-${whole.length}"`;
    this.#store(
      upload.key,
      whole.map(({ bytes }) => bytes),
      etag,
      upload.headers,
    );
    upload.parts.clear();
    upload.completed = `<CompleteMultipartUploadResult><ETag>${etag.replaceAll('"', "&quot;")}</ETag></CompleteMultipartUploadResult>`;
    return xml(upload.completed);
  }

  #store(key: string, pieces: readonly Buffer[], etag: string, headers: Headers): void {
    const hash = createHash("sha256");
    for (const piece of pieces) hash.update(piece);
    const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0);
    this.objects.set(key, { pieces, sha256: hash.digest("hex"), sizeBytes, etag, headers });
  }

  #withCors(response: Response): Response {
    const { exposed = "ETag, x-amz-meta-upload-token" } = this.habits;
    const headers = new Headers(response.headers);
    headers.set("access-control-allow-origin", "*");
    headers.set("access-control-allow-methods", "GET, PUT, POST, DELETE, HEAD");
    headers.set("access-control-allow-headers", "*");
    if (exposed !== "") headers.set("access-control-expose-headers", exposed);
    return new Response(response.body, { status: response.status, headers });
  }
}

function putPart({ parts }: MadeUpload, number: number, bytes: Buffer): Response {
  if (!(number >= 1 && number <= 10_000)) return error(400, "InvalidArgument");
  const etag = md5(bytes);
  parts.set(number, { etag, bytes });
  return new Response(null, { headers: { etag } });
}

/** As many servers do, without CORS headers. */
function accessRefusal(method: string, url: URL): Response | undefined {
  const given = url.searchParams.get("signature");
  url.searchParams.delete("signature");
  const refusal = signatureRefusal(given === signatureOf(method, url));
  if (refusal !== undefined) return refusal;
  const isExpired = Number(url.searchParams.get("expires")) < Date.now();
  return isExpired ? error(403, "AccessDenied", "Request has expired") : undefined;
}

function signatureRefusal(isRight: boolean): Response | undefined {
  return isRight ? undefined : error(403, "SignatureDoesNotMatch");
}

function signatureOf(method: string, { pathname, searchParams }: URL): string {
  return createHmac("sha256", SECRET).update(`${method} ${pathname}?${searchParams}`).digest("hex");
}

function md5(bytes: Buffer): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

/** The name of a request, as in `BucketRequest`. */
export function nameOf(method: string, query: URLSearchParams): string {
  if (method === "PUT") return query.has("partNumber") ? `part ${query.get("partNumber")}` : "put";
  if (method === "POST") return query.has("uploads") ? "create" : "complete";
  return { GET: "list", DELETE: "abort", HEAD: "head" }[method] ?? method;
}
