import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Failure } from "../../../../src/protocol/session-error.ts";
import { insertTasks } from "../../../../src/store/insert.ts";
import { lengthOf, readParts } from "../../../../src/store/parts.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { sweepExpired } from "../../../../src/store/sweep.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import { integrity } from "../../../../src/sw/integrity/index.ts";
import type { Run } from "../../../../src/sw/ports/transport.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../../support/daemon-world.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { RangeServer } from "../../../support/range-server.ts";
import { eventsOf, everythingIn } from "../../../support/stored.ts";
import { type RowOptions, requestRecord, taskRow } from "../../../support/task-row.ts";

const DESTINATION = { opfs: "file" } as const;
const YEAR_MS = 365 * 86_400_000;

/** A place of its own: Node has neither a Cache nor an origin private file system. */
class Shelf {
  readonly placed = new Map<string, number>();
  failure: Failure | undefined;
  isSlow = false;

  readonly place = async ({ row, host }: Run) => {
    const { response, file, bytesReceived, key, session } = row;
    if (this.isSlow) await new Promise(() => {});
    if (this.failure !== undefined) return { kind: "failed", failure: this.failure } as const;
    if (response === undefined || file === undefined) throw new Error("nothing to place");
    this.placed.set(key, lengthOf(await readParts(host.database, session, file.fileId)));
    return { kind: "finished", response, file, bytesReceived } as const;
  };
}

describe("a download with a destination", () => {
  let begun: DaemonWorld;
  let shelf: Shelf;
  const server = () => begun.world.server;
  const placed = () => [...shelf.placed];

  beforeEach(async () => {
    begun = await beginWorld(new RangeServer({}, () => 1_000));
    shelf = new Shelf();
    begun.world.destinations = shelf;
    begun.world.integrity = integrity;
  });
  afterEach(() => endWorld(begun));

  const rowOf = async (key: string): Promise<TaskRow> =>
    (await readTask(begun.page, "session", key)) as TaskRow;

  const make = (options: RowOptions = {}) => makeTask(begun, { destination: DESTINATION, ...options });

  async function finished(key: string): Promise<TaskRow> {
    await vi.waitFor(async () => expect((await rowOf(key)).state).toBe("completed"), {
      interval: 1,
      timeout: 20_000,
    });
    return rowOf(key);
  }

  const hashOf = (bytes: Uint8Array) => `sha256-${createHash("sha256").update(bytes).digest("base64")}`;
  const checked = (metadata: string) => ({
    request: { ...requestRecord("https://app.test/file"), integrity: metadata },
  });

  it("is placed once, its bytes are deleted, and no event offers a file", async () => {
    begun.world.start();
    const key = await make();
    const row = await finished(key);
    expect([row.failure, row.isPlaced, row.bytesReceived, row.file]).toEqual([
      undefined,
      true,
      1_000,
      undefined,
    ]);
    expect(placed()).toEqual([[key, 1_000]]);
    expect((await everythingIn(begun.page)).parts).toEqual([]);
    expect(await eventsOf(begun.page, key)).toEqual(["didComplete"]);
  });

  it("is placed after its integrity was checked, and not if it does not match", async () => {
    begun.world.start();
    const good = await make(checked(hashOf(server().bytes())));
    const bad = await make(checked(hashOf(new Uint8Array(3))));
    expect((await finished(good)).failure).toBeUndefined();
    expect((await finished(bad)).failure).toMatchObject({ code: "integrity-mismatch" });
    expect(placed()).toEqual([[good, 1_000]]);
  });

  it("is placed by the next worker if this one is killed on the way, without a request", async () => {
    shelf.isSlow = true;
    begun.world.start();
    const key = await make(checked(hashOf(server().bytes())));
    await vi.waitFor(async () => expect((await rowOf(key)).isVerified).toBe(true), {
      interval: 1,
      timeout: 20_000,
    });
    await macrotasks(20);
    begun.world.kill();
    vi.clearAllTimers();
    shelf.isSlow = false;
    begun.world.isOnline = false;
    begun.world.start();
    expect((await finished(key)).failure).toBeUndefined();
    expect(placed()).toEqual([[key, 1_000]]);
    expect(server().exchanges).toEqual([]);
  });

  it.each(["destination-failed", "storage-full"] as const)(
    "that ended with %s goes on from disk, without a request",
    async (code) => {
      shelf.failure = { code, message: "why" };
      begun.world.start();
      const key = await make({ bytesExpected: 1_000 });
      expect((await finished(key)).failure).toEqual(shelf.failure);
      expect(await eventsOf(begun.page, key)).toEqual(["didComplete"]);
      const asked = server().exchanges.length;
      shelf.failure = undefined;
      const row = taskRow({ key: "next", deadline: Date.now() + YEAR_MS });
      const predecessor = { key, mustResume: true, hasBody: false };
      await insertTasks(begun.page, [{ row, onDuplicate: "keep", predecessor }], 0);
      await begun.world.daemon?.handle({ type: "inserted", session: "session", keys: ["next"] }, "page");
      expect(await finished("next")).toMatchObject({ isPlaced: true, destination: DESTINATION });
      expect(placed()).toEqual([["next", 1_000]]);
      expect(server().exchanges).toHaveLength(asked);
      expect((await everythingIn(begun.page)).parts).toEqual([]);
      expect((await rowOf(key)).isReceived).toBeUndefined();
    },
  );

  it("that another request continues is checked again if that has another integrity", async () => {
    shelf.failure = { code: "destination-failed", message: "why" };
    begun.world.start();
    const key = await make();
    await finished(key);
    shelf.failure = undefined;
    const row = taskRow({ ...checked(hashOf(new Uint8Array(3))), key: "next", deadline: YEAR_MS });
    const predecessor = { key, mustResume: true, hasBody: false };
    await insertTasks(begun.page, [{ row, onDuplicate: "keep", predecessor }], 0);
    await begun.world.daemon?.handle({ type: "inserted", session: "session", keys: ["next"] }, "page");
    expect((await finished("next")).failure).toMatchObject({ code: "integrity-mismatch" });
    expect(placed()).toEqual([]);
  });

  it("keeps its bytes if the worker no longer has destinations", async () => {
    begun.world.destinations = undefined;
    begun.world.start();
    const row = await finished(await make());
    expect(row.failure).toMatchObject({
      code: "daemon-outdated",
      message: expect.stringContaining("startDaemon({ destinations })"),
    });
    expect([row.bytesReceived, row.isReceived]).toEqual([1_000, true]);
  });

  it("has not expired if its events were not collected in time: nothing was deleted", async () => {
    begun.world.start();
    const key = await make();
    await finished(key);
    await sweepExpired(begun.page, Date.now() + YEAR_MS);
    expect(await rowOf(key)).not.toHaveProperty("failure");
    expect(await eventsOf(begun.page, key)).toEqual(["didComplete"]);
  });

  it("is delivered like any other if the answer is an error", async () => {
    server().isAutomatic = false;
    begun.world.start();
    const key = await make();
    await vi.waitFor(() => expect(server().exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    server().refuse(server().exchanges[0] as never, 404);
    server().exchanges[0]?.finish();
    expect((await finished(key)).isPlaced).toBeUndefined();
    expect(placed()).toEqual([]);
    expect(await eventsOf(begun.page, key)).toEqual(["didFinishDownloading", "didComplete"]);
  });
});
