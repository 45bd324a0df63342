import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { startServer, type TestServer } from "../../../server/server.ts";

/** Runs a server for the tests of a file or group. @returns a function that returns it while they run */
export function useSite(): () => TestServer {
  let site: TestServer;
  let cacheDir: string;
  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "site-"));
    site = await startServer({ cacheDir, keepAlive: false });
  });
  afterAll(async () => {
    await site.close();
    await rm(cacheDir, { recursive: true });
  });
  return () => site;
}
