import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StoredUpload, UploadLimits, UploadServer } from "./upload-server.ts";

const PARTIAL = "application/partial-upload";
const PROBLEMS = "https://iana.org/assignments/http-problem-types#";

/** The methods and headers that a page of another origin may send. */
const ALLOWED = {
  "access-control-allow-methods": "POST, PUT, HEAD, PATCH, DELETE",
  "access-control-allow-headers":
    "content-type, content-disposition, idempotency-key, upload-complete, upload-length, upload-offset, upload-draft-interop-version",
};

/** The state of an upload besides its bytes. */
interface Facts {
  readonly length?: number;
  readonly isComplete: boolean;
}

/**
 * A small server of draft-ietf-httpbis-resumable-upload-12, interop version 8, on files. No server of that version
 * was available, so this one was written from the draft; it sends no 104, which no browser could see.
 */
export class IetfUploads implements UploadServer {
  readonly #directory: string;
  /** The current transfer to each upload: a newer request ends it, as the draft recommends. */
  readonly #transfers = new Map<string, { abort: AbortController; over: Promise<unknown> }>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async handle(request: Request, limits: UploadLimits = {}): Promise<Response> {
    const id = new URL(request.url).pathname.split("/")[2];
    if (request.method === "OPTIONS") {
      return new Response(null, {
        status: 204,
        headers: { ...ALLOWED, "accept-patch": PARTIAL, ...limitHeader(limits) },
      });
    }
    if (id === undefined) {
      const isUpload = ["POST", "PUT", "PATCH"].includes(request.method);
      return isUpload
        ? this.#create(request, limits)
        : new Response(null, { status: 405, headers: { allow: "POST, PUT, PATCH, OPTIONS" } });
    }
    await this.#endTransfer(id);
    const facts = await this.#factsOf(id);
    if (facts === undefined) return problem(404, "no such upload", {});
    if (request.method === "HEAD") return this.#retrieve(id, facts, limits);
    if (request.method === "PATCH") return this.#append(request, id, facts, limits);
    if (request.method === "DELETE") {
      await rm(this.#path(id), { force: true });
      await rm(`${this.#path(id)}.json`, { force: true });
      return new Response(null, { status: 204 });
    }
    return new Response(null, { status: 405, headers: { allow: "HEAD, PATCH, DELETE" } });
  }

  async stored(): Promise<StoredUpload[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
    return Promise.all(
      ids.map(async (id) => {
        const { isComplete = false } = (await this.#factsOf(id)) ?? {};
        return { id, path: this.#path(id), sizeBytes: await this.#offsetOf(id), isComplete };
      }),
    );
  }

  async #create(request: Request, limits: UploadLimits): Promise<Response> {
    const isComplete = booleanIn(request.headers, "upload-complete");
    const length = integerIn(request.headers, "upload-length");
    if (length !== undefined && limits.maxSize !== undefined && length > limits.maxSize) {
      return new Response(null, { status: 413, headers: limitHeader(limits) });
    }
    const id = randomUUID();
    await mkdir(this.#directory, { recursive: true });
    await writeFile(this.#path(id), "");
    await this.#note(id, { ...(length !== undefined && { length }), isComplete: false });
    await this.#receive(request, id, length ?? Number.POSITIVE_INFINITY);
    // A request without upload headers is a whole upload.
    if (isComplete !== false) return this.#finish(id);
    const { pathname } = new URL(request.url);
    const headers = { location: `${pathname}/${id}`, "upload-complete": "?0", ...limitHeader(limits) };
    return new Response(null, { status: 201, headers });
  }

  async #retrieve(id: string, { length, isComplete }: Facts, limits: UploadLimits): Promise<Response> {
    const headers = {
      "upload-offset": String(await this.#offsetOf(id)),
      "upload-complete": isComplete ? "?1" : "?0",
      ...(length !== undefined && { "upload-length": String(length) }),
      ...limitHeader(limits),
      "cache-control": "no-store",
    };
    return new Response(null, { status: 204, headers });
  }

  async #append(request: Request, id: string, facts: Facts, limits: UploadLimits): Promise<Response> {
    if (request.headers.get("content-type") !== PARTIAL) return new Response(null, { status: 415 });
    const offset = await this.#offsetOf(id);
    const given = integerIn(request.headers, "upload-offset");
    const size = integerIn(request.headers, "content-length") ?? 0;
    if (facts.isComplete) {
      return size === 0
        ? problem(410, "completed-upload", {})
        : problem(400, "inconsistent-upload-length", {});
    }
    if (given !== offset) {
      const headers = { "upload-offset": String(offset), "upload-complete": "?0" };
      return problem(
        409,
        "mismatching-upload-offset",
        { "expected-offset": offset, "provided-offset": given },
        headers,
      );
    }
    if (limits.maxAppendSize !== undefined && size > limits.maxAppendSize) {
      return new Response(null, { status: 413, headers: limitHeader(limits) });
    }
    const { length = Number.POSITIVE_INFINITY } = facts;
    if (!(await this.#receive(request, id, length))) return problem(400, "inconsistent-upload-length", {});
    if (booleanIn(request.headers, "upload-complete")) return this.#finish(id);
    const headers = { "upload-complete": "?0", "upload-offset": String(await this.#offsetOf(id)) };
    return new Response(null, { status: 204, headers });
  }

  /** The resource has the whole representation and answers as if it had come in one request. */
  async #finish(id: string): Promise<Response> {
    const sizeBytes = await this.#offsetOf(id);
    await this.#note(id, { length: sizeBytes, isComplete: true });
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(this.#path(id))) hash.update(chunk);
    const answer = { id, sizeBytes, sha256: hash.digest("hex") };
    return Response.json(answer, { status: 201, headers: { "upload-complete": "?1" } });
  }

  /** Appends the body, whatever its length. @returns false if it was longer than declared */
  async #receive(request: Request, id: string, length: number): Promise<boolean> {
    const abort = new AbortController();
    const transfer = this.#write(request, id, length, abort.signal);
    const over = transfer.catch(() => {});
    this.#transfers.set(id, { abort, over });
    return transfer.finally(() => this.#transfers.delete(id));
  }

  async #write(request: Request, id: string, length: number, signal: AbortSignal): Promise<boolean> {
    if (request.body === null) return true;
    const file = await open(this.#path(id), "a");
    try {
      let offset = (await file.stat()).size;
      for await (const chunk of request.body) {
        signal.throwIfAborted();
        offset += chunk.byteLength;
        if (offset > length) return false;
        await file.appendFile(chunk);
      }
      return true;
    } finally {
      await file.close();
    }
  }

  async #endTransfer(id: string): Promise<void> {
    const transfer = this.#transfers.get(id);
    transfer?.abort.abort(new Error("a newer request came"));
    // A connection that died silently is not waited for.
    await Promise.race([transfer?.over, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
  }

  async #factsOf(id: string): Promise<Facts | undefined> {
    const text = await readFile(`${this.#path(id)}.json`, "utf8").catch(() => undefined);
    return text === undefined ? undefined : JSON.parse(text);
  }

  #note(id: string, facts: Facts): Promise<void> {
    return writeFile(`${this.#path(id)}.json`, JSON.stringify(facts));
  }

  async #offsetOf(id: string): Promise<number> {
    return (await stat(this.#path(id))).size;
  }

  #path(id: string): string {
    return join(this.#directory, id.replaceAll(/[^\w-]/g, "_"));
  }
}

function booleanIn(headers: Headers, name: string): boolean | undefined {
  const value = headers.get(name);
  return value === "?1" ? true : value === "?0" ? false : undefined;
}

function integerIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name) ?? "";
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function limitHeader({ maxSize, maxAppendSize }: UploadLimits): Record<string, string> {
  const limits = [
    ...(maxSize === undefined ? [] : [`max-size=${maxSize}`]),
    ...(maxAppendSize === undefined ? [] : [`max-append-size=${maxAppendSize}`]),
    "max-age=86400",
  ];
  return { "upload-limit": limits.join(", ") };
}

function problem(status: number, type: string, facts: object, headers: HeadersInit = {}): Response {
  const all = new Headers(headers);
  all.set("content-type", "application/problem+json");
  return new Response(JSON.stringify({ type: PROBLEMS + type, ...facts }), { status, headers: all });
}
