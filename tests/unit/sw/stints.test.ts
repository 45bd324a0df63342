import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EventWindow } from "../../../src/sw/host/event-window.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../support/daemon-world.ts";
import { macrotasks } from "../../support/fake-world.ts";

describe("a daemon's turn", () => {
  let daemonWorld: DaemonWorld;
  beforeEach(async () => {
    daemonWorld = await beginWorld();
  });
  afterEach(() => endWorld(daemonWorld));

  /** Lets time pass, too little for what is given up after a while. */
  async function shortly(): Promise<void> {
    await macrotasks(30);
    await vi.advanceTimersByTimeAsync(100);
    await macrotasks(30);
  }

  it("is over when leave() fulfils: its lock is free, and its last checkpoint is on disk", async () => {
    const { world, page } = daemonWorld;
    world.server.isAutomatic = false;
    const daemon = world.start();
    await makeTask(daemonWorld);
    await vi.waitFor(() => expect(world.server.exchanges.length).toBe(1), { interval: 1, timeout: 20_000 });
    world.server.answer(world.server.exchanges[0] as never);
    world.server.exchanges[0]?.send(300);
    await macrotasks(20);
    let after: unknown;
    const left = daemon.leave().then(async () => {
      after = [daemon.hasLock, (await world.locks.query()).held];
    });
    await shortly();
    await left;
    expect(after).toEqual([false, []]);
    const parts = await page.read(["parts"], (tx) => tx.objectStore("parts").getAll());
    expect(parts).toMatchObject([{ sizeBytes: 300 }]);
  });

  it("asks to be woken anew when it comes back: the events that it had may have ended meanwhile", async () => {
    const { world } = daemonWorld;
    world.server.isAutomatic = false;
    const daemon = world.start();
    await makeTask(daemonWorld);
    await shortly();
    expect(world.hasWork).toBe(true);
    void daemon.leave();
    await shortly();
    world.hasWork = false;
    daemon.comeBack();
    await shortly();
    expect(world.hasWork).toBe(true);
  });

  it("that cannot begin does not keep an event of the worker open", async () => {
    const { world } = daemonWorld;
    world.faults.reads = () => true;
    const daemon = world.start();
    const used = new EventWindow(daemon).use().catch((error: unknown) => error);
    await shortly();
    await expect(Promise.race([used, "still open"])).resolves.toMatchObject({ code: "storage-lost" });
    world.faults.reads = () => false;
    await makeTask(daemonWorld);
    await shortly();
    expect(world.server.exchanges).toHaveLength(1);
  });
});
