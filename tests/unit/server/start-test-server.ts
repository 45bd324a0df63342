import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type ServerOptions, startServer, type TestServer } from "../../../server/server.ts";

/** One server for all tests of a file, reset before each; the returned function gives it. */
export function useTestServer(options: ServerOptions = {}): () => TestServer {
  let server: TestServer;
  let cacheDir: string;
  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "sample-files-"));
    server = await startServer({ cacheDir, ...options });
  });
  beforeEach(() => server.reset());
  afterAll(async () => {
    await server.close();
    await rm(cacheDir, { recursive: true });
  });
  return () => server;
}
