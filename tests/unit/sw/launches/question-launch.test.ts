import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { readEvents } from "../../../../src/store/outbox.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { changed, changeTask } from "../../../../src/store/tasks.ts";
import { takeClock } from "../../../support/clock.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { LaunchWorld } from "../../../support/launch-world.ts";
import type { Exchange } from "../../../support/range-server.ts";
import { insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";

describe("launches of a session in which a question is open", () => {
  let world: LaunchWorld;
  beforeEach(async () => {
    takeClock();
    vi.setSystemTime(1_000_000);
    vi.spyOn(console, "warn").mockImplementation(() => {});
    world = new LaunchWorld();
    world.server.isAutomatic = false;
    await openStoredSession(world.disk, "session", undefined);
  });
  afterEach(async () => {
    world.close();
    await macrotasks(20);
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** The delegate of this world does not answer such questions. */
  async function ask(): Promise<void> {
    const row = taskRow({ deadline: Date.now() + 604_800_000, id: "asking" });
    await insert(world.disk, row);
    await changeTask(world.disk, "session", row.key, "strict", (it) =>
      changed(it, { challenges: 1, hold: { asksAgain: false, asks: "didReceiveChallenge", status: 401 } }),
    );
  }

  async function make(id: string): Promise<void> {
    await insert(world.disk, taskRow({ deadline: Date.now() + 604_800_000, id }));
  }

  async function turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      await macrotasks(10);
      await vi.advanceTimersByTimeAsync(1_000);
    }
  }

  function nextExchange(): Exchange {
    return world.server.exchanges.find(({ isOver, isAnswered }) => !isOver && !isAnswered) as Exchange;
  }

  async function serveNext(): Promise<void> {
    const exchange = nextExchange();
    world.server.answer(exchange);
    exchange.finish();
    await turns(15);
  }

  async function refuseNext(): Promise<void> {
    const exchange = nextExchange();
    world.server.refuse(exchange, 401);
    exchange.finish();
    await turns(30);
  }

  it("a question that the app has been launched for makes no launch for each transfer of the session", async () => {
    await ask();
    for (const id of ["a", "b", "c"]) await make(id);
    world.fireSync();
    await turns(15);
    expect(world.launches).toBe(1);
    await serveNext();
    world.fireSync();
    await turns(15);
    await serveNext();
    world.fireSync();
    await turns(15);
    // c is still under way.
    expect(world.launches).toBe(1);
  });

  it("a second question launches the app too while another task of the session is under way", async () => {
    await openStoredSession(world.disk, "session", { ...DEFAULT_CONFIGURATION, challengeStatuses: [401] });
    await ask();
    for (const id of ["b", "c"]) await make(id);
    world.fireSync();
    await turns(15);
    expect(world.launches).toBe(1);
    await refuseNext();
    const events = await readEvents(world.disk, "session", 0);
    expect(events.map(({ type }) => type)).toEqual(["didReceiveChallenge", "didReceiveChallenge"]);
    expect(world.launches).toBe(2);
  });

  it("a question launches the app also if many events wait before it", async () => {
    await openStoredSession(world.disk, "session", { ...DEFAULT_CONFIGURATION, challengeStatuses: [401] });
    for (const id of ["b", "c"]) await make(id);
    await world.disk.write(["outbox"], "relaxed", async (tx) => {
      const owed = { session: "session", taskKey: "ended", type: "didComplete", refusals: 0 } as const;
      for (let nth = 0; nth < 1_001; nth += 1)
        await tx.objectStore("outbox").add({ ...owed, eventId: `event-${nth}` });
    });
    world.fireSync();
    await turns(15);
    expect(world.launches).toBe(0);
    await refuseNext();
    expect(world.launches).toBe(1);
  });

  it("a launch for a question ends, also if the app finishes its session in it", async () => {
    world.wayOf = () => ({ where: "function", how: "finish" });
    // Such an app needs no didFinishEvents: it calls the completion handler when the session has finished.
    world.isHeld = (nth) => nth % 3 === 0;
    await ask();
    world.fireSync();
    await turns(200);
    const launches = await world.disk.read(["launches"], (tx) => tx.objectStore("launches").getAll());
    expect(launches).toEqual([]);
    world.fireSync();
    await turns(200);
    expect(world.launches).toBe(1);
  });
});
