import { mkdtemp } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Counters } from "./counters.ts";
import { type Exchange, type ListenerName, openExchange } from "./exchange.ts";
import { Listener } from "./listener.ts";
import { handleRequest } from "./request-handler.ts";
import { type LoggedRequest, type RequestFilter, RequestLog } from "./request-log.ts";
import { type RouteHandler, Routes } from "./routes.ts";
import { DEFAULT_SEED } from "./sample-answer.ts";
import { SampleFiles } from "./sample-files.ts";
import { parseSamplePath } from "./sample-name.ts";
import type { ServedContent } from "./served-content.ts";
import type { StoredUpload } from "./uploads/upload-server.ts";
import { type UploadKind, Uploads } from "./uploads/uploads.ts";

const DEFAULT_CACHE_DIR = fileURLToPath(new URL("../.cache/files", import.meta.url));

export interface ServerOptions {
  /** 0 means a free port. @default 0 */
  readonly port?: number;
  /** The second listener's. @default 0 */
  readonly crossOriginPort?: number;
  /** The address to listen on; the default cannot be reached from the network. @default "127.0.0.1" */
  readonly host?: string;
  /** The first directory that has the file serves it. @default [] */
  readonly staticDirs?: readonly string[];
  /** The origin of another server, which gets what this one does not know. @default none: a 404 */
  readonly behind?: string;
  /** Set on every answer, for example a `Content-Security-Policy`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The directory of the sample files. @default `.cache/files` in the repository */
  readonly cacheDir?: string;
  /** The directory of the uploads. @default its own directory, which is removed with the server */
  readonly uploadDir?: string;
  /** Whether connections are reused, which lets a browser repeat requests by itself. @default true */
  readonly keepAlive?: boolean;
  /** Whether `/__log`, `/__reset` and `/__down` answer. @default false */
  readonly control?: boolean;
}

/** A running server; the README next to this file says what it serves. */
export interface TestServer {
  /** `http://localhost:<port>` */
  readonly origin: string;
  /** The same server on another port, which makes it another origin. */
  readonly crossOrigin: string;
  /** The requests so far, oldest first; entries keep changing until their request is over. */
  requests(filter?: RequestFilter): LoggedRequest[];
  /** Sum of the body bytes written to the sockets of these requests. */
  bytesSent(filter?: RequestFilter): number;
  /** Digest (hexadecimal) of `/files/…`, with its `seed` if it has one. @throws RangeError for other paths */
  sha256(path: string): Promise<string>;
  /** The same for random bytes by size. After v changes (`change`, `etag`) the entity is that of seed + v. */
  expectedSha256(sizeBytes: number, seed?: number): Promise<string>;
  /** The uploads to `/tus` or `/ietf` on disk since the last reset, with their digests (hexadecimal). */
  storedUploads(kind: UploadKind): Promise<(StoredUpload & { sha256: string })[]>;
  /**
   * Answers `path` (no query; with `/*` at its end, everything below as well) by `handler`, before anything else;
   * replaces an earlier route.
   */
  route(path: string, handler: RouteHandler): void;
  /** Answers `path` (no query) with content in memory; serving it again deploys a new version. */
  serve(path: string, content: ServedContent): void;
  /** Undoes `route` and `serve` for `path`. */
  unroute(path: string): void;
  /** Forgets the log, the counters of the switches and all routes. Requests in flight go on. */
  reset(): void;
  /** Destroys all connections and refuses new ones, on both origins. */
  goDown(): Promise<void>;
  /** Listens again on the same ports. */
  comeBack(): Promise<void>;
  /**
   * Destroys the connections of requests in flight, of all or of those whose path starts with this; idle ones too if
   * all.
   */
  dropConnections(pathPrefix?: string): void;
  /** Ends the server and all its connections, for good. */
  close(): Promise<void>;
}

/** Starts a server on two origins. @throws the system's `EADDRINUSE` if a port is taken */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const { port = 0, crossOriginPort = 0, host = "127.0.0.1", cacheDir = DEFAULT_CACHE_DIR } = options;
  const log = new RequestLog();
  const routes = new Routes();
  const counters = new Counters();
  const samples = new SampleFiles(cacheDir);
  const underWay = new Set<Exchange>();
  const ownUploadDir = options.uploadDir === undefined;
  const uploads = new Uploads({
    directory: options.uploadDir ?? (await mkdtemp(join(tmpdir(), "uploads-"))),
    counters,
    crossOrigin: () => crossOrigin,
  });

  const listenerOn = (name: ListenerName, port: number): Listener =>
    new Listener(host, port, (request: IncomingMessage, response: ServerResponse) => {
      const exchange = openExchange(name, request, response);
      underWay.add(exchange);
      response.once("close", () => underWay.delete(exchange));
      void handleRequest(exchange, context);
    });
  const same = listenerOn("same", port);
  const cross = listenerOn("cross", crossOriginPort);

  const reset = (): void => {
    log.clear();
    routes.clear();
    counters.clear();
    uploads.reset();
  };
  const goDown = async (): Promise<void> => {
    await Promise.all([same.stop(), cross.stop()]);
    uploads.restart();
  };
  let isClosed = false;
  const comeBack = async (): Promise<void> => {
    if (isClosed) return;
    await same.listen();
    await cross.listen().catch(async (error: unknown) => {
      await same.stop();
      throw error;
    });
  };
  await comeBack();

  const crossOrigin = `http://localhost:${cross.port}`;
  const context = {
    log,
    routes,
    counters,
    samples,
    uploads,
    crossOrigin,
    staticDirs: options.staticDirs ?? [],
    ...(options.behind !== undefined && { behind: options.behind }),
    headers: { ...(options.keepAlive === false ? { connection: "close" } : {}), ...options.headers },
    ...(options.control ? { control: { log, reset, goDown, comeBack } } : {}),
  };

  return {
    origin: `http://localhost:${same.port}`,
    crossOrigin,
    requests: (filter) => log.matching(filter),
    bytesSent: (filter) => log.bytesSent(filter),
    async sha256(path) {
      const { pathname, searchParams } = new URL(path, crossOrigin);
      const sample = parseSamplePath(pathname, Number(searchParams.get("seed") ?? DEFAULT_SEED));
      if (!sample) throw new RangeError(`${path} is no sample file; they are called /files/<size>.bin.`);
      return samples.sha256(sample);
    },
    expectedSha256: (sizeBytes, seed = DEFAULT_SEED) => samples.sha256({ kind: "random", sizeBytes, seed }),
    storedUploads: (kind) => uploads.stored(kind),
    route: (path, handler) => routes.handle(path, handler),
    serve: (path, content) => routes.serve(path, content),
    unroute: (path) => routes.remove(path),
    reset,
    goDown,
    comeBack,
    dropConnections(pathPrefix) {
      for (const { path, response } of underWay) if (path.startsWith(pathPrefix ?? "")) response.destroy();
      if (pathPrefix === undefined) for (const listener of [same, cross]) listener.dropConnections();
    },
    async close() {
      isClosed = true;
      await goDown();
      if (ownUploadDir) await uploads.clear();
    },
  };
}
