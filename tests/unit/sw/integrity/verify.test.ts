import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import { integrity } from "../../../../src/sw/integrity/index.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../../support/daemon-world.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { RangeServer } from "../../../support/range-server.ts";
import { eventsOf, everythingIn } from "../../../support/stored.ts";
import { type RowOptions, requestRecord } from "../../../support/task-row.ts";

const ALGORITHMS = ["sha256", "sha384", "sha512"] as const;

function hash(algorithm: string, bytes: Uint8Array): string {
  return `${algorithm}-${createHash(algorithm).update(bytes).digest("base64")}`;
}

describe("the integrity of what a task receives", () => {
  let begun: DaemonWorld;
  const server = () => begun.world.server;

  async function begin(sizeBytes: number): Promise<void> {
    begun = await beginWorld(new RangeServer({}, () => sizeBytes));
    begun.world.integrity = integrity;
  }

  beforeEach(() => begin(1_000));
  afterEach(() => endWorld(begun));

  const rowOf = async (key: string): Promise<TaskRow> =>
    (await readTask(begun.page, "session", key)) as TaskRow;

  function make(metadata: string, options: RowOptions = {}): Promise<string> {
    const request = { ...requestRecord("https://app.test/file"), integrity: metadata };
    return makeTask(begun, { request, ...options });
  }

  async function finished(key: string): Promise<TaskRow> {
    await vi.waitFor(async () => expect((await rowOf(key)).state).toBe("completed"), {
      interval: 1,
      timeout: 20_000,
    });
    return rowOf(key);
  }

  const kinds = ["download", "data"] as const;
  const cases = ALGORITHMS.flatMap((algorithm) => kinds.map((kind) => [algorithm, kind] as const));

  it.each(cases)("%s: a %s that matches is delivered", async (algorithm, kind) => {
    begun.world.start();
    const others = `${algorithm}-${hash(algorithm, new Uint8Array(3)).slice(7)}`;
    const key = await make(`${others} ${hash(algorithm, server().bytes())}`, { kind });
    const row = await finished(key);
    expect([row.failure, row.bytesReceived, row.attempts]).toEqual([undefined, 1_000, 1]);
    expect(row.isReceived).toBeUndefined();
    const events = kind === "download" ? ["didFinishDownloading", "didComplete"] : ["didComplete"];
    expect(await eventsOf(begun.page, key)).toEqual(events);
  });

  it.each(cases)("%s: a %s that does not match is deleted", async (algorithm, kind) => {
    begun.world.start();
    const key = await make(hash(algorithm, new Uint8Array(3)), { kind });
    const row = await finished(key);
    expect(row.failure).toMatchObject({ code: "integrity-mismatch" });
    expect(row.failure?.message).toContain(hash(algorithm, server().bytes()).replace(/=+$/, ""));
    expect([row.file, row.bytesReceived, row.response?.status, row.response?.body]).toEqual([
      undefined,
      0,
      200,
      undefined,
    ]);
    expect(await eventsOf(begun.page, key)).toEqual(["didComplete"]);
    expect((await everythingIn(begun.page)).parts).toEqual([]);
  });

  it("a large file is read in pieces, over all of its parts", async () => {
    await endWorld(begun);
    await begin(9 * 1024 * 1024 + 5);
    begun.world.start();
    const row = await finished(await make(hash("sha384", server().bytes())));
    expect([row.failure, row.bytesReceived]).toEqual([undefined, 9 * 1024 * 1024 + 5]);
  });

  it("the body of an error answer is not checked", async () => {
    server().isAutomatic = false;
    begun.world.start();
    const key = await make(hash("sha256", new Uint8Array(3)));
    await vi.waitFor(() => expect(server().exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    server().refuse(server().exchanges[0] as never, 404);
    server().exchanges[0]?.finish();
    const row = await finished(key);
    expect([row.failure, row.response?.status]).toEqual([undefined, 404]);
  });

  it("a worker that is stopped before the check does it again from disk, and asks the server for nothing", async () => {
    server().isAutomatic = false;
    begun.world.start();
    const key = await make(hash("sha512", server().bytes()));
    await vi.waitFor(() => expect(server().exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    server().answer(server().exchanges[0] as never);
    const slow = vi.spyOn(Blob.prototype, "arrayBuffer").mockImplementation(() => new Promise(() => {}));
    server().exchanges[0]?.finish();
    await vi.waitFor(async () => expect((await rowOf(key)).isReceived).toBe(true), {
      interval: 1,
      timeout: 20_000,
    });
    await macrotasks(20);
    begun.world.kill();
    vi.clearAllTimers();
    slow.mockRestore();
    begun.world.isOnline = false;
    begun.world.start();
    const row = await finished(key);
    expect([row.failure, row.bytesReceived]).toEqual([undefined, 1_000]);
    expect(server().exchanges).toEqual([]);
  });

  it("bytes that are gone before the check are asked for again", async () => {
    const key = await make(hash("sha256", server().bytes()), {
      isReceived: true,
      bytesReceived: 500,
      file: { fileId: "gone", isTotalSure: true, total: 500, isSameOrigin: true },
      response: { url: "", status: 200, statusText: "", redirected: false, headers: {} },
    });
    begun.world.start();
    const row = await finished(key);
    expect([row.failure, row.bytesReceived]).toEqual([undefined, 1_000]);
    expect(server().exchanges).toHaveLength(1);
  });

  it("a worker that no longer has the check says so, and keeps the bytes", async () => {
    begun.world.integrity = undefined;
    begun.world.start();
    const row = await finished(await make(hash("sha256", server().bytes())));
    expect(row.failure).toMatchObject({
      code: "daemon-outdated",
      message: expect.stringContaining("startDaemon({ integrity })"),
    });
    expect(row.bytesReceived).toBe(1_000);
  });
});
