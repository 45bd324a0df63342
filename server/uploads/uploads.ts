import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { textAnswer } from "../answer.ts";
import type { Counters } from "../counters.ts";
import { deliver } from "../delivery.ts";
import { earlyAnswer, isReset } from "../early-faults.ts";
import { isCutAfterwards } from "../echo.ts";
import type { Exchange } from "../exchange.ts";
import { paced } from "../paced.ts";
import { BadSwitch, type Switches, switchesOf } from "../switches.ts";
import { IetfUploads } from "./ietf-uploads.ts";
import { tusUploads } from "./tus-uploads.ts";
import { currentLie, lieAbout, lieInstead } from "./upload-lies.ts";
import type { StoredUpload, UploadServer } from "./upload-server.ts";

const EXPOSED = "Location, Upload-Offset, Upload-Complete, Upload-Length, Upload-Limit";

export type UploadKind = "tus" | "ietf";

export interface UploadsOptions {
  /** The directory of the uploads. */
  readonly directory: string;
  readonly counters: Counters;
  readonly crossOrigin: () => string;
}

/**
 * `/tus` and `/ietf`: uploads that resume after an interruption. They obey the switches of the URL at which an upload
 * was created, including in the requests that continue it:
 *
 * reset ─▶ latency, status ─▶ throttle, cut of the request's body ─▶ the server ─▶ lie ─▶ after
 */
export class Uploads {
  readonly #options: UploadsOptions;
  #servers = new Map<UploadKind, UploadServer>();
  #generation = 0;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** Forgets everything in memory, as a restarted server does. */
  restart(): void {
    this.#servers = new Map();
  }

  /** Deletes all uploads. */
  reset(): void {
    this.#generation += 1;
    this.restart();
  }

  async clear(): Promise<void> {
    await rm(this.#options.directory, { recursive: true, force: true });
  }

  async stored(kind: UploadKind): Promise<(StoredUpload & { sha256: string })[]> {
    const uploads = await this.#serverOf(kind).stored();
    return Promise.all(uploads.map(async (upload) => ({ ...upload, sha256: await sha256Of(upload.path) })));
  }

  /** `undefined` if the path does not belong to an upload. */
  kindOf(path: string): UploadKind | undefined {
    return (["tus", "ietf"] as const).find((kind) => path === `/${kind}` || path.startsWith(`/${kind}/`));
  }

  async answer(kind: UploadKind, exchange: Exchange): Promise<void> {
    const { counters, crossOrigin } = this.#options;
    const switches = switchesOf(exchange.query);
    if (switches instanceof BadSwitch) return deliver(exchange, textAnswer(400, switches.message));
    if (isReset(exchange, switches, counters)) {
      exchange.response.destroy();
      return;
    }
    const early = await earlyAnswer(exchange, switches, counters, crossOrigin());
    if (early) {
      // An unread half of a body would end the connection before the answer.
      exchange.request.resume();
      return deliver(exchange, early);
    }
    await mkdir(this.#directoryOf(kind), { recursive: true });
    const lie = currentLie(exchange, switches, counters);
    const instead = lieInstead(exchange, lie);
    // A lying server reads the request to its end: WebKit occasionally loses an answer that comes before its request
    // is sent.
    if (instead !== undefined) await finished(exchange.request.resume()).catch(() => {});
    const limits = { maxSize: switches.maxSize, maxAppendSize: switches.maxAppend };
    const honest = instead ?? (await this.#serverOf(kind).handle(this.#request(exchange, switches), limits));
    if (isCutAfterwards(exchange, switches, counters)) {
      exchange.response.destroy();
      return;
    }
    // @tus/server does so itself.
    if (kind === "ietf") exchange.response.setHeader("access-control-expose-headers", EXPOSED);
    await send(exchange, lieAbout(withSwitches(honest, exchange.query), lie, crossOrigin()));
  }

  #serverOf(kind: UploadKind): UploadServer {
    const directory = this.#directoryOf(kind);
    const server =
      this.#servers.get(kind) ?? (kind === "tus" ? tusUploads(directory) : new IetfUploads(directory));
    this.#servers.set(kind, server);
    return server;
  }

  #directoryOf(kind: UploadKind): string {
    return join(this.#options.directory, `${kind}-${this.#generation}`);
  }

  /** The request without the switches, as a `fetch` Request. */
  #request(exchange: Exchange, switches: Switches): Request {
    const { method, path, request, headers } = exchange;
    const hasBody = method === "POST" || method === "PATCH" || method === "PUT";
    const body = hasBody ? streamOf(this.#bodyOf(exchange, switches)) : null;
    return new Request(new URL(path, `http://${headers.host}`), {
      method,
      headers: Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      ),
      ...(body !== null && { body, duplex: "half" }),
    } as RequestInit);
  }

  /** `cut` ends the connection in the middle of a body, for the first `cutTimes` bodies that are longer. */
  async *#bodyOf(
    { request, url, signal }: Exchange,
    { throttle, cut, cutTimes }: Switches,
  ): AsyncGenerator<Buffer, void, undefined> {
    let bytes = 0;
    for await (const chunk of throttle === undefined ? request : paced(request, throttle, signal)) {
      bytes += chunk.length;
      if (
        cut !== undefined &&
        bytes > cut &&
        this.#options.counters.next("cut", url) <= (cutTimes ?? Infinity)
      ) {
        yield chunk.subarray(0, Math.max(0, chunk.length - (bytes - cut)));
        request.socket.destroy();
        throw new Error("the connection was cut");
      }
      yield chunk;
    }
  }
}

/** The requests that continue an upload obey the switches of the one that created it. */
function withSwitches(response: Response, query: URLSearchParams): Response {
  const location = response.headers.get("location");
  if (location === null || query.size === 0) return response;
  const headers = new Headers(response.headers);
  headers.set("location", `${location}?${query}`);
  return new Response(response.body, { status: response.status, headers });
}

/** Node's own `Readable.toWeb` throws uncatchably if a body ends just as its reader leaves. */
function streamOf(chunks: AsyncGenerator<Buffer, void, undefined>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}

async function send({ response, signal }: Exchange, answer: Response): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  for await (const chunk of answer.body ?? []) {
    if (!response.write(chunk)) await once(response, "drain", { signal });
  }
  response.end();
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
