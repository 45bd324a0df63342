import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LIBRARY_VERSION } from "../../../src/protocol/library-version.ts";
import { PROTOCOL } from "../../../src/protocol/versions.ts";
import type { Database } from "../../../src/store/database.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { readTask } from "../../../src/store/tasks.ts";
import { beginWorld, endWorld, makeTask } from "../../support/daemon-world.ts";
import { type FakeWorld, macrotasks } from "../../support/fake-world.ts";
import { eventsOf, everythingIn, insert } from "../../support/stored.ts";
import { type RowOptions, taskRow } from "../../support/task-row.ts";

describe("Daemon", () => {
  let world: FakeWorld;
  let page: Database;

  beforeEach(async () => {
    ({ world, page } = await beginWorld());
  });

  afterEach(() => endWorld({ world, page }));

  const make = (options: RowOptions = {}): Promise<string> => makeTask({ world, page }, options);

  /** A download that waits for more of its body, and has a checkpoint after 300 bytes. */
  async function checkpointed(): Promise<string> {
    world.server.isAutomatic = false;
    world.start();
    const key = await make();
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    world.server.answer(world.server.exchanges[0] as never);
    world.server.exchanges[0]?.send(300);
    await macrotasks(20);
    await vi.advanceTimersByTimeAsync(1_000);
    return key;
  }

  async function rowOf(key: string, session = "session"): Promise<TaskRow> {
    return (await readTask(page, session, key)) as TaskRow;
  }

  function finished(key: string): Promise<TaskRow> {
    return vi.waitFor(
      async () => {
        const row = await rowOf(key);
        expect(row.state).toBe("completed");
        return row;
      },
      { interval: 1, timeout: 20_000 },
    );
  }

  function kill(): void {
    world.kill();
    vi.clearAllTimers();
  }

  async function bytesOf(row: TaskRow): Promise<Uint8Array> {
    const { parts } = await everythingIn(page);
    const own = parts.filter(({ fileId }) => fileId === row.file?.fileId);
    return new Uint8Array(await new Blob(own.map((part) => part.bytes)).arrayBuffer());
  }

  it("takes up the tasks that are on disk when it starts, and finishes them", async () => {
    const key = await make();
    world.start();
    const row = await finished(key);
    expect(await bytesOf(row)).toEqual(world.server.bytes());
    expect(await eventsOf(page, key)).toEqual(["didFinishDownloading", "didComplete"]);
  });

  it("runs the tasks that a page makes, then sleeps", async () => {
    world.start();
    await finished(await make());
    await vi.waitFor(() => expect(world.hasWork).toBe(false), { interval: 1, timeout: 20_000 });
    expect(world.daemon?.hasWork).toBe(false);
  });

  it("answers hello with its versions and its upload protocols", async () => {
    expect(await world.start().handle({ type: "hello", versions: PROTOCOL }, "page")).toEqual({
      versions: PROTOCOL,
      library: LIBRARY_VERSION,
      uploadProtocols: [],
      keepsOrder: true,
    });
  });

  it("goes on from the checkpoint after the worker was stopped during a download", async () => {
    world.server.isAutomatic = false;
    world.start();
    const key = await make();
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    const [exchange] = world.server.exchanges;
    world.server.answer(exchange as never);
    exchange?.send(400);
    await macrotasks(20);
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.waitFor(async () => expect((await rowOf(key)).bytesReceived).toBe(400), {
      interval: 1,
      timeout: 20_000,
    });
    kill();
    world.server.isAutomatic = true;
    world.start();
    const row = await finished(key);
    expect(await bytesOf(row)).toEqual(world.server.bytes());
    expect(world.server.exchanges.map(({ request }) => request.headers.get("range"))).toEqual(["bytes=400-"]);
  });

  it("a suspended task sends nothing, keeps its bytes, and goes on when it is resumed", async () => {
    world.server.isAutomatic = false;
    world.start();
    const key = await make();
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    const control = { type: "control", session: "session", key } as const;
    await world.daemon?.handle({ ...control, action: "suspend" }, "page");
    await macrotasks(20);
    expect(world.server.exchanges[0]?.request.signal.aborted).toBe(true);
    expect((await rowOf(key)).state).toBe("suspended");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.server.exchanges.length).toBe(1);
    world.server.isAutomatic = true;
    await world.daemon?.handle({ ...control, action: "resume" }, "page");
    await finished(key);
  });

  it("cancel ends a task once, in every state, and a finished task stays finished", async () => {
    world.server.isAutomatic = false;
    world.start();
    const cancel = async (key: string) => {
      for (let count = 0; count < 2; count += 1)
        await world.daemon?.handle({ type: "control", session: "session", key, action: "cancel" }, "page");
    };
    for (const state of ["running", "suspended"] as const) {
      const key = await make({ state });
      await cancel(key);
      expect(await rowOf(key)).toMatchObject({ state: "completed", failure: { code: "cancelled" } });
      expect(await eventsOf(page, key)).toEqual(["didComplete"]);
    }
    world.server.isAutomatic = true;
    const key = await make();
    await finished(key);
    await cancel(key);
    expect((await rowOf(key)).failure).toBeUndefined();
  });

  it("waits for the network, and goes on when it returns without waiting for the backoff", async () => {
    world.server.isDown = true;
    world.start();
    const key = await make();
    await vi.waitFor(async () => expect((await rowOf(key)).backoff?.isUnanswered).toBe(true), {
      interval: 1,
    });
    world.server.isDown = false;
    vi.setSystemTime(Date.now() + 1);
    await world.daemon?.handle(
      { type: "presence", isVisible: true, hasNetworkReturned: true, isLeaving: false, owns: [] },
      "page",
    );
    await finished(key);
  });

  it("retries after a 503 when Retry-After has passed, and not before", async () => {
    world.server.isAutomatic = false;
    world.start();
    const key = await make();
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    world.server.refuse(world.server.exchanges[0] as never, 503, { "retry-after": "30" });
    await vi.waitFor(async () => expect((await rowOf(key)).backoff?.floorMs).toBe(30_000), {
      interval: 1,
      timeout: 20_000,
    });
    world.server.isAutomatic = true;
    await vi.advanceTimersByTimeAsync(29_000);
    expect(world.server.exchanges.length).toBe(1);
    // At most half as long again: others were refused at the same time.
    await vi.advanceTimersByTimeAsync(16_000);
    expect(await finished(key)).toMatchObject({ attempts: 2 });
  });

  it("ends a task with timed-out at its deadline, even if no server ever answered", async () => {
    world.server.isDown = true;
    world.start();
    const key = await make({ deadline: Date.now() + 600_000 });
    await vi.advanceTimersByTimeAsync(601_000);
    expect(await finished(key)).toMatchObject({ failure: { code: "timed-out" } });
    expect(await eventsOf(page, key)).toEqual(["didComplete"]);
  });

  it("breaks off the request of a task whose deadline passes", async () => {
    world.server.isAutomatic = false;
    world.start();
    const key = await make({ deadline: Date.now() + 30_000 });
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    expect(world.server.exchanges[0]?.request.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(31_000);
    await finished(key);
    await macrotasks(20);
    expect(world.server.exchanges.map(({ request }) => request.signal.aborted)).toEqual([true]);
  });

  it("a command for a task of another session does not change the task", async () => {
    world.server.isAutomatic = false;
    world.start();
    const key = await make();
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    for (const action of ["cancel", "suspend", "resume"] as const)
      await world.daemon?.handle({ type: "control", session: "other", key, action }, "page");
    await world.daemon?.handle({ type: "prioritize", session: "other", key, priority: 1 }, "page");
    await macrotasks(20);
    const [exchange] = world.server.exchanges;
    expect(exchange?.request.signal.aborted).toBe(false);
    world.server.answer(exchange as never);
    exchange?.finish();
    expect(await finished(key)).toMatchObject({ priority: 0.5 });
  });

  it("a damaged row ends with an error, and the others go on", async () => {
    await world.start().handle({ type: "configured", session: "session" }, "page");
    const damaged = taskRow();
    await insert(page, { ...damaged, request: { ...damaged.request, url: "nonsense" } });
    await world.daemon?.handle({ type: "inserted", session: "session", keys: [damaged.key] }, "page");
    expect(await finished(damaged.key)).toMatchObject({ failure: { code: "storage-lost" } });
    await finished(await make());
  });

  it("damaged rows on disk do not keep a worker from starting", async () => {
    const [a, b] = [taskRow(), taskRow()];
    await insert(page, { ...a, request: { ...a.request, url: "nonsense" } });
    await insert(page, { ...b, state: "of the future" as never });
    const headless = taskRow();
    await insert(page, { ...headless, request: { ...headless.request, headers: null as never } });
    const key = await make();
    world.start();
    await finished(key);
    for (const damaged of [a, b, headless]) {
      expect(await finished(damaged.key)).toMatchObject({ failure: { code: "storage-lost" } });
      expect(await eventsOf(page, damaged.key)).toEqual(["didComplete"]);
    }
  });

  it("deletes a session while its tasks run, and leaves nothing behind", async () => {
    world.server.isAutomatic = false;
    world.start();
    await make();
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    world.server.answer(world.server.exchanges[0] as never);
    world.server.exchanges[0]?.send(100);
    await macrotasks(10);
    const deleted = world.daemon?.handle({ type: "delete-session", session: "session" }, "page");
    await macrotasks(50);
    await vi.advanceTimersByTimeAsync(100);
    await deleted;
    expect(await everythingIn(page)).toEqual({ sessions: [], tasks: [], bodies: [], parts: [], outbox: [] });
    expect(world.notices).toContainEqual({ type: "session-deleted", session: "session" });
  });

  it("a newer worker waits until the older one has left at a checkpoint, then goes on from it", async () => {
    world.server.isAutomatic = false;
    const old = world.start();
    const key = await make();
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    world.server.answer(world.server.exchanges[0] as never);
    world.server.exchanges[0]?.send(300);
    await macrotasks(30);
    world.start();
    await macrotasks(30);
    expect(world.server.exchanges.length).toBe(1);
    world.server.isAutomatic = true;
    const left = old.leave();
    await macrotasks(30);
    await vi.advanceTimersByTimeAsync(100);
    await left;
    const row = await finished(key);
    expect(world.server.exchanges.at(-1)?.request.headers.get("range")).toBe("bytes=300-");
    expect(await bytesOf(row)).toEqual(world.server.bytes());
  });

  it("releases its lock in time, even if a run does not end", async () => {
    world.freeBytes = () => new Promise(() => {});
    const old = world.start();
    await make();
    await vi.waitFor(() => expect(world.server.exchanges[0]?.isAnswered).toBe(true), {
      interval: 1,
      timeout: 20_000,
    });
    await macrotasks(30);
    const isGone = vi.fn();
    void old.leave().then(isGone);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(isGone).toHaveBeenCalled();
  });

  it("a worker whose lock is stolen stops at once, writes nothing more, and goes on when it has the lock again", async () => {
    const key = await checkpointed();
    await vi.waitFor(async () => expect((await rowOf(key)).bytesReceived).toBe(300), {
      interval: 1,
      timeout: 20_000,
    });
    // These bytes are only in memory.
    world.server.exchanges[0]?.send(200);
    await macrotasks(5);
    const before = await everythingIn(page);
    let letGo = (): void => {};
    const thief = world.locks.request("daemon", { steal: true }, () => {
      return new Promise<void>((resolve) => {
        letGo = resolve;
      });
    });
    const other = await make();
    const cancelled = world.daemon?.handle(
      { type: "control", session: "session", key, action: "cancel" },
      "page",
    );
    await macrotasks(30);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.server.exchanges.map(({ isOver }) => isOver)).toEqual([true]);
    const { tasks, parts } = await everythingIn(page);
    expect(parts).toEqual(before.parts);
    expect(tasks.filter((row) => row.key !== other)).toEqual(before.tasks);
    expect(world.log.filter(({ level }) => level !== "info").map(({ message }) => message)).toEqual([
      "Another worker has taken the transfers over.",
    ]);
    letGo();
    await thief;
    world.server.isAutomatic = true;
    // Commands that came meanwhile are carried out then.
    await cancelled;
    expect(await finished(key)).toMatchObject({ failure: { code: "cancelled" } });
    await finished(other);
  });

  it("if two workers steal the lock from each other, the last one goes on from the checkpoint", async () => {
    const key = await checkpointed();
    for (let round = 0; round < 3; round += 1) {
      await world.locks.request("daemon", { steal: true }, () => macrotasks(3));
      await macrotasks(30);
    }
    world.server.isAutomatic = true;
    for (const exchange of world.server.exchanges) if (!exchange.isOver) exchange.cut();
    await vi.advanceTimersByTimeAsync(60_000);
    const row = await finished(key);
    expect(await bytesOf(row)).toEqual(world.server.bytes());
    expect(world.server.exchanges.at(-1)?.request.headers.get("range")).toBe("bytes=300-");
    expect(await eventsOf(page, key)).toEqual(["didFinishDownloading", "didComplete"]);
  });

  it("a POST that must not be repeated is not sent again if the worker was stopped while it was in flight", async () => {
    world.server.isAutomatic = false;
    world.start();
    const retry = { limit: 10, unsafe: false };
    const key = await make({ kind: "data", method: "POST", retry });
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    kill();
    world.start();
    expect(await finished(key)).toMatchObject({ failure: { code: "network-lost" } });
    expect(world.server.exchanges.length).toBe(0);
  });

  it("a command that names a running task under another session is answered at once, and stops nothing", async () => {
    world.server.isAutomatic = false;
    world.start();
    const key = await make();
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    // It used to wait for the run to end.
    for (const action of ["cancel-resumably", "cancel", "suspend"] as const) {
      await world.daemon?.handle({ type: "control", session: "other", key, action }, "page");
    }
    expect(world.server.exchanges[0]?.isOver).toBe(false);
    expect((await rowOf(key)).state).toBe("running");
  });

  it("untilIdle waits until all work has ended, but no longer than its limit", async () => {
    world.server.isAutomatic = false;
    const daemon = world.start();
    const key = await make();
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    const isOver = vi.fn();
    void daemon.untilIdle(150_000).then(isOver);
    await macrotasks(10);
    expect(isOver).not.toHaveBeenCalled();
    world.server.answer(world.server.exchanges[0] as never);
    world.server.exchanges[0]?.finish();
    await finished(key);
    await vi.waitFor(() => expect(isOver).toHaveBeenCalled(), { interval: 1, timeout: 20_000 });
  });
});
