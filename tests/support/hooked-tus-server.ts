import { mkdtemp, readdir, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileStore } from "@tus/file-store";
import { Server, type ServerOptions } from "@tus/server";

export type TusOptions = Partial<Omit<ServerOptions, "datastore">>;

/** The tus project's server with an app's hooks. Its log is the judge: what was created, sent and finished. */
export class HookedTusServer {
  /** Uploads that were created, and uploads that were whole when the finish hook was called. */
  created = 0;
  finished = 0;
  /** Bytes of all bodies, as declared. */
  bytesSent = 0;
  readonly directory: string;
  readonly #server: Server;

  private constructor(directory: string, { onUploadCreate, onUploadFinish, ...options }: TusOptions) {
    this.directory = directory;
    this.#server = new Server({
      path: "/tus",
      relativeLocation: true,
      ...options,
      datastore: new FileStore({ directory }),
      onUploadCreate: async (request, upload) => {
        const change = await onUploadCreate?.(request, upload);
        this.created += 1;
        return change ?? {};
      },
      onUploadFinish: async (request, upload) => {
        this.finished += 1;
        return (await onUploadFinish?.(request, upload)) ?? {};
      },
    });
  }

  static async start(options: TusOptions = {}): Promise<HookedTusServer> {
    return new HookedTusServer(await mkdtemp(join(tmpdir(), "hooked-tus-")), options);
  }

  readonly handle = (request: Request): Promise<Response> => {
    this.#note(request.method, request.headers.get("content-length"));
    return this.#server.handleWeb(request);
  };

  /** The same for Node's HTTP server. */
  readonly answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    this.#note(request.method, request.headers["content-length"]);
    await this.#server.handle(request, response);
  };

  /** Removes an upload, as an app that moves or refuses a file does. */
  async remove(id: string): Promise<void> {
    await rm(join(this.directory, id), { force: true });
    await rm(join(this.directory, `${id}.json`), { force: true });
  }

  async forgetAll(): Promise<void> {
    for (const name of await readdir(this.directory)) await rm(join(this.directory, name));
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  #note(method: string | undefined, length: string | null | undefined): void {
    if (method === "POST" || method === "PATCH") this.bytesSent += Number(length ?? 0);
  }
}

/** The error that a hook of `@tus/server` throws to refuse. */
export function refusal(
  status: number,
  body = `refused with ${status}`,
): { status_code: number; body: string } {
  return { status_code: status, body };
}
