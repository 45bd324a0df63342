import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SessionError } from "../../../src/protocol/session-error.ts";
import type { Database } from "../../../src/store/database.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { changeTask, ended, readTask } from "../../../src/store/tasks.ts";
import { beginWorld, endWorld, makeTask } from "../../support/daemon-world.ts";
import { type FakeWorld, macrotasks } from "../../support/fake-world.ts";
import { eventsOf, everythingIn } from "../../support/stored.ts";
import type { RowOptions } from "../../support/task-row.ts";

/** Transactions that store the end of a task. Those for bytes do not use the outbox. */
const endsOfTasks = (stores: readonly string[]): boolean => stores.includes("outbox");
const nothing = (): boolean => false;

describe("a disk that fails for a while: what it refused is tried again, from what is on disk", () => {
  let world: FakeWorld;
  let page: Database;
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);

  beforeEach(async () => {
    process.on("unhandledRejection", hear);
    ({ world, page } = await beginWorld());
  });

  afterEach(async () => {
    await endWorld({ world, page });
    process.off("unhandledRejection", hear);
    expect(unheard.splice(0)).toEqual([]);
  });

  const make = (options: RowOptions = {}): Promise<string> => makeTask({ world, page }, options);

  /** The cleanup at the start is over. */
  async function startQuietly(): Promise<void> {
    world.start();
    await macrotasks(30);
  }

  async function rowOf(key: string): Promise<TaskRow> {
    return (await readTask(page, "session", key)) as TaskRow;
  }

  async function waitMs(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await vi.advanceTimersByTimeAsync(1_000);
      await macrotasks(10);
    }
  }

  async function finished(key: string): Promise<TaskRow> {
    for (let seconds = 0; seconds < 120 && (await rowOf(key)).state !== "completed"; seconds += 1)
      await waitMs(1_000);
    const row = await rowOf(key);
    expect(row.state).toBe("completed");
    return row;
  }

  const ranges = () => world.server.exchanges.map(({ request }) => request.headers.get("range"));
  const complaints = (what: "outcome" | "end") =>
    world.log.filter(({ message }) => message.includes(what) && message.includes("could not be stored"));

  /** A download of 1,000 bytes breaks off after 400, which are on disk. */
  async function breakOff(key: string): Promise<void> {
    const exchange = world.server.exchanges.at(-1);
    world.server.answer(exchange as never);
    exchange?.send(400);
    await waitMs(1_000);
    await vi.waitFor(async () => expect((await rowOf(key)).bytesReceived).toBe(400), {
      interval: 1,
      timeout: 20_000,
    });
    exchange?.cut();
    await macrotasks(30);
  }

  describe("a short file, which is stored with its outcome", () => {
    it("does not fit: the task fails, is not sent again, and nothing of the file is kept", async () => {
      let refused = 0;
      // All that end together, then each on its own; after that, only rows are written.
      world.faults.writes = (stores) => {
        if (!endsOfTasks(stores) || refused === 2) return false;
        refused += 1;
        throw new SessionError("storage-full", "The disk is full.");
      };
      world.start();
      const key = await make();
      const { failure, bytesReceived } = await finished(key);
      expect([failure?.code, bytesReceived, refused]).toEqual(["storage-full", 0, 2]);
      expect(ranges()).toEqual(["bytes=0-"]);
      expect((await everythingIn(page)).parts).toEqual([]);
    });

    it("of a disk that fails for a while is fetched again, and stored whole", async () => {
      world.faults.writes = endsOfTasks;
      world.start();
      const key = await make();
      await vi.waitFor(() => expect(complaints("outcome")).toHaveLength(1), { interval: 1, timeout: 20_000 });
      expect((await everythingIn(page)).parts).toEqual([]);
      world.faults.writes = nothing;
      const { failure, bytesReceived } = await finished(key);
      expect([failure, bytesReceived]).toEqual([undefined, 1_000]);
      const [part] = (await everythingIn(page)).parts;
      expect(new Uint8Array(part?.bytes as ArrayBuffer)).toEqual(world.server.bytes());
    });

    it("is not kept of a task that was cancelled meanwhile", async () => {
      world.server.isAutomatic = false;
      world.start();
      const key = await make();
      await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
      await changeTask(page, "session", key, "strict", (row) =>
        ended(row, { code: "cancelled", message: "" }, 0),
      );
      world.server.answer(world.server.exchanges[0] as never);
      world.server.exchanges[0]?.finish();
      await waitMs(2_000);
      expect(await rowOf(key)).toMatchObject({ failure: { code: "cancelled" }, bytesReceived: 0 });
      expect((await everythingIn(page)).parts).toEqual([]);
    });
  });

  describe("the outcome of an attempt", () => {
    // The row from the start of the run used to be put back into memory.
    it("is not stored: the next attempt goes on from the bytes that are on disk", async () => {
      world.server.isAutomatic = false;
      world.start();
      const key = await make();
      await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
      world.faults.writes = endsOfTasks;
      await breakOff(key);
      expect(complaints("outcome")).toHaveLength(1);
      world.faults.writes = nothing;
      world.server.isAutomatic = true;
      const row = await finished(key);
      expect(ranges()).toEqual(["bytes=0-", "bytes=400-"]);
      const { parts } = await everythingIn(page);
      const bytes = await new Blob(parts.map((part) => part.bytes)).arrayBuffer();
      expect(new Uint8Array(bytes)).toEqual(world.server.bytes());
      expect(row.bytesReceived).toBe(1_000);
    });

    it("is not stored, and the row cannot be read either: it is read before the next attempt", async () => {
      world.server.isAutomatic = false;
      world.start();
      const key = await make();
      await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
      world.faults.writes = endsOfTasks;
      const exchange = world.server.exchanges[0];
      world.server.answer(exchange as never);
      exchange?.send(400);
      await waitMs(1_000);
      world.faults.reads = () => true;
      exchange?.cut();
      await waitMs(60_000);
      // Nothing is sent while its state on disk is unknown.
      expect(ranges()).toEqual(["bytes=0-"]);
      world.faults.reads = nothing;
      world.faults.writes = nothing;
      world.server.isAutomatic = true;
      await finished(key);
      expect(ranges()).toEqual(["bytes=0-", "bytes=400-"]);
    });

    it("is not stored while the task is being suspended: the task does not run again by itself", async () => {
      world.server.isAutomatic = false;
      world.start();
      const key = await make();
      await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
      await world.daemon?.handle({ type: "control", session: "session", key, action: "suspend" }, "page");
      world.faults.writes = endsOfTasks;
      await waitMs(60_000);
      expect(world.server.exchanges.length).toBe(1);
      expect((await rowOf(key)).state).toBe("suspended");
    });

    it("is not stored for a request that must not be sent twice: it is not sent again", async () => {
      world.server.isAutomatic = false;
      world.start();
      const key = await make({ kind: "data", method: "POST", retry: { limit: 10, unsafe: false } });
      await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
      world.faults.writes = endsOfTasks;
      world.server.answer(world.server.exchanges[0] as never);
      world.server.exchanges[0]?.finish();
      await waitMs(5_000);
      world.faults.writes = nothing;
      expect(await finished(key)).toMatchObject({ failure: { code: "network-lost" } });
      expect(world.server.exchanges.length).toBe(1);
    });

    it("is not stored for a session that is deleted then: nothing of it comes back", async () => {
      world.server.isAutomatic = false;
      world.start();
      const key = await make();
      await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
      world.faults.writes = endsOfTasks;
      world.server.exchanges[0]?.cut();
      await macrotasks(20);
      world.faults.writes = nothing;
      await world.daemon?.handle({ type: "delete-session", session: "session" }, "page");
      await waitMs(60_000);
      expect(world.server.exchanges.length).toBe(1);
      expect(await readTask(page, "session", key)).toBeUndefined();
    });
  });

  describe("the end of a task", () => {
    it.each([
      ["whose time was over", { deadline: 1_030_000 }, "timed-out"],
      ["that cannot go the way it insists on", { insists: true }, "transport-unavailable"],
      ["that is damaged", { attempts: "many" as never }, "storage-lost"],
    ])("%s is stored when the disk takes it, once, and other tasks go on", async (_, given, code) => {
      const { insists, ...options } = given as RowOptions & { insists?: boolean };
      world.server.isDown = true;
      world.faults.writes = endsOfTasks;
      world.start();
      if (insists) await insistOnBackgroundFetch();
      const key = await make(options);
      await waitMs(60_000);
      expect((await rowOf(key)).state).toBe("running");
      // The log has one line for the whole outage.
      expect(complaints("end")).toHaveLength(1);
      world.faults.writes = nothing;
      expect(await finished(key)).toMatchObject({ failure: { code } });
      expect(await eventsOf(page, key)).toEqual(["didComplete"]);
      expect(unheard).toEqual([]);
    });

    it("is not tried more often than every 30 s in a long outage", async () => {
      let tries = 0;
      world.server.isDown = true;
      await startQuietly();
      world.faults.writes = (stores) => {
        if (endsOfTasks(stores)) tries += 1;
        return endsOfTasks(stores);
      };
      await make({ deadline: Date.now() + 5_000, state: "running", earliestBeginDate: Date.now() + 1e9 });
      await waitMs(5_000 + 31_000);
      // After 0, 1, 3, 7, 15 and 31 s. Each is two transactions: a group that fails is tried again one by one.
      expect(tries).toBeLessThanOrEqual(14);
      tries = 0;
      await waitMs(300_000);
      expect(tries).toBeGreaterThan(0);
      expect(tries).toBeLessThanOrEqual(20);
    });

    it("is not stored by a daemon that has left", async () => {
      world.server.isDown = true;
      world.faults.writes = endsOfTasks;
      const old = world.start();
      const key = await make({ deadline: Date.now() + 5_000 });
      await waitMs(10_000);
      await old.leave();
      world.faults.writes = nothing;
      await waitMs(60_000);
      expect((await rowOf(key)).state).toBe("running");
      old.comeBack();
      expect(await finished(key)).toMatchObject({ failure: { code: "timed-out" } });
    });
  });

  async function insistOnBackgroundFetch(): Promise<void> {
    const { session } = await openStoredSession(page, "session", undefined);
    const configuration = { ...session.configuration, transport: "background-fetch" as const };
    await openStoredSession(page, "session", configuration);
    await world.daemon?.handle({ type: "configured", session: "session" }, "page");
  }
});
