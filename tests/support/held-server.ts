import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestServer } from "../../server/server.ts";
import { expect } from "./fixtures.ts";

interface Held {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The body of the request. */
  readonly body: string;
  sentBytes: number;
}

/** Holds each request for `/held/<name>` until the test says what is answered. Its files are zeros, in one version. */
export class HeldServer {
  readonly #held = new Map<string, Held>();
  readonly #totals = new Map<string, number>();

  constructor(site: TestServer) {
    site.route("/held/*", async (request, response) => {
      const name = new URL(request.url ?? "", site.origin).pathname.slice("/held/".length);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const held = { request, response, body: Buffer.concat(chunks).toString(), sentBytes: 0 };
      this.#held.set(name, held);
      response.once("close", () => {
        if (this.#held.get(name) === held) this.#held.delete(name);
      });
    });
  }

  /** Waits for a request. */
  async request(name: string): Promise<Held> {
    await expect.poll(() => this.#held.has(name), { message: `a request for ${name}` }).toBe(true);
    return this.#held.get(name) as Held;
  }

  async progress(name: string, bytes: number, totalBytes: number): Promise<void> {
    const held = await this.request(name);
    this.#totals.set(name, totalBytes);
    if (!held.response.headersSent) head(held, 200, totalBytes);
    held.response.write(Buffer.alloc(bytes));
    held.sentBytes += bytes;
  }

  async finish(name: string, status: number, body: string | undefined): Promise<void> {
    const held = await this.request(name);
    const { response } = held;
    const left = (this.#totals.get(name) ?? 0) - startOf(held) - held.sentBytes;
    const content = body === undefined ? Buffer.alloc(Math.max(0, left)) : Buffer.from(body);
    if (!response.headersSent) head(held, status, startOf(held) + content.length);
    response.end(content);
    this.#held.delete(name);
  }

  async cut(name: string): Promise<void> {
    const { response } = await this.request(name);
    this.#held.delete(name);
    response.destroy();
  }
}

function startOf({ request }: Held): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
}

function head(held: Held, status: number, totalBytes: number): void {
  const start = startOf(held);
  const isRest = status === 200 && start > 0;
  held.response.writeHead(isRest ? 206 : status, {
    "content-length": totalBytes - start,
    ...(isRest && { "content-range": `bytes ${start}-${totalBytes - 1}/${totalBytes}` }),
    ...(status === 200 && { etag: '"test"' }),
  });
}
