import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { insertTasks } from "../../../../src/store/insert.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { changeTask, ended, transition } from "../../../../src/store/tasks.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { ENDS, LaunchWorld, type WayToEnd } from "../../../support/launch-world.ts";
import { insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";

/** Shorter than every timeout of the library, the shortest of which is 5 s. */
const SHORT_MS = 2_000;
const IDS = ["a", "b", "c"];

describe("a session that the app ends from within a callback", () => {
  let world: LaunchWorld;

  beforeEach(async () => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
      now: 1_000_000,
    });
    // A call that waits for the end is not reported.
    vi.spyOn(console, "error");
    world = new LaunchWorld();
    await openStoredSession(world.disk, "session", undefined);
    for (const id of IDS) {
      await insert(world.disk, taskRow({ id, key: id, kind: "data" }));
      await changeTask(world.disk, "session", id, "strict", (row) => transition(row, "finish", 1));
    }
  });

  afterEach(() => {
    world.close();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** Lets time pass, too little for any timeout. */
  async function shortly(ms = SHORT_MS): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      await macrotasks(20);
      await vi.advanceTimersByTimeAsync(100);
    }
    await macrotasks(20);
  }

  function owed(): Promise<unknown> {
    return world.disk.read(["outbox", "launches"], async (tx) => [
      await tx.objectStore("outbox").count(),
      await tx.objectStore("launches").count(),
    ]);
  }

  const heard = (): string[] => world.heard.flatMap(({ taskId }) => taskId ?? []);

  /** The next page gets each remaining event once, and nothing is delivered twice. */
  async function expectEachOnce(): Promise<void> {
    world.behave();
    void world.openPage("observe");
    await shortly();
    expect(heard()).toEqual(IDS);
    // A launch whose app has closed the session waits a while for the completion handler to be called.
    await shortly(15_000);
    expect(heard()).toEqual(IDS);
    expect(await owed()).toEqual([0, 0]);
    expect(world.violations).toEqual([]);
    expect(console.error).not.toHaveBeenCalled();
  }

  it.each(Object.keys(ENDS) as WayToEnd["how"][])(
    "%s, awaited in a delegate method of a page",
    async (how) => {
      world.wayOf = () => ({ where: "delegate", how });
      void world.openPage("observe");
      await shortly();
      // After a close nothing more is delivered; the other ends deliver everything first.
      const delivered = how === "close" ? IDS.slice(0, 1) : IDS;
      expect(world.settled).toEqual(delivered.map((id) => `didComplete ${id}`));
      expect(world.ended).toEqual(["page"]);
      expect(await owed()).toEqual([IDS.length - delivered.length, 0]);
      await expectEachOnce();
    },
  );

  it.each(Object.keys(ENDS) as WayToEnd["how"][])(
    "%s, awaited in a delegate method of a launch",
    async (how) => {
      world.wayOf = () => ({ where: "delegate", how });
      world.fireSync();
      await shortly();
      const delivered = how === "close" ? IDS.slice(0, 1) : IDS;
      expect(world.settled).toEqual(delivered.map((id) => `didComplete ${id}`));
      await expectEachOnce();
    },
  );

  it.each(["finish", "cancel"] as const)(
    "%s, awaited in the launch's own function: every event is delivered first",
    async (how) => {
      world.wayOf = () => ({ where: "function", how });
      world.fireSync();
      await shortly();
      expect(world.settled).toEqual(IDS.map((id) => `didComplete ${id}`));
      expect(await owed()).toEqual([0, 0]);
      expect(world.daemon?.launches.isActive).toBe(false);
      await expectEachOnce();
    },
  );

  it("an app that closes its session and never calls the handler lets the worker sleep; the next wake tries again", async () => {
    world.wayOf = () => ({ where: "function", how: "close" });
    world.isForgotten = () => true;
    world.fireSync();
    await shortly();
    expect([world.launches, await owed()]).toEqual([1, [IDS.length, 1]]);
    await shortly(15_000);
    expect(world.daemon?.launches.isActive).toBe(false);
    expect([world.launches, await owed()]).toEqual([1, [IDS.length, 1]]);
    world.behave();
    world.fireSync();
    await shortly();
    expect(world.launches).toBe(2);
    expect(heard()).toEqual(IDS);
    expect(await owed()).toEqual([0, 0]);
  });

  it("an event behind the current call is delivered once that settles, and didBecomeInvalid comes last", async () => {
    // The task has two events: the second waits behind the call that asks for the end.
    const row = taskRow({ id: "file", key: "file", completion: { handler: "done", context: "done" } });
    await insertTasks(world.disk, [{ row, onDuplicate: "keep" }], 1);
    const failure = { code: "blocked", message: "no" } as const;
    await changeTask(world.disk, "session", "file", "strict", (it) => ended(it, failure, 2));
    world.wayOf = () => ({ where: "delegate", how: "finish" });
    void world.openPage("observe");
    await shortly();
    expect(heard()).toEqual([...IDS, "file", "done"]);
    expect(world.ended).toEqual(["page"]);
    expect(world.violations).toEqual([]);
    expect(await owed()).toEqual([0, 0]);
  });
});
