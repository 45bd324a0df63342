import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import type { Database } from "../../../../src/store/database.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { Launches } from "../../../../src/sw/launches/launches.ts";
import { OwnerWatch } from "../../../../src/sw/pages/owner-watch.ts";
import { Presence } from "../../../../src/sw/pages/presence.ts";
import type { DaemonHost } from "../../../../src/sw/ports/daemon-host.ts";
import { takeClock } from "../../../support/clock.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { macrotasks } from "../../../support/fake-world.ts";

describe("launches", () => {
  const newDatabase = useDatabases();
  let database: Database;
  let launches: Launches;
  let owners: OwnerWatch;
  /** The completion handlers of the launches so far. */
  let launched: (() => void)[];
  let log: string[];
  let errors: unknown[];
  let changes: number;
  let handled: number;
  let busy: string[];
  /** What the app's function does. */
  let app: () => unknown;
  beforeEach(async () => {
    takeClock();
    database = newDatabase();
    [launched, log, errors, busy, changes, handled] = [[], [], [], [], 0, 0];
    app = () => {};
    await openStoredSession(database, "session", undefined);
    launches = launchesOf();
  });
  afterEach(async () => {
    await launches.stop();
    vi.useRealTimers();
  });

  function launchesOf(canLaunch = true): Launches {
    const host = {
      database,
      now: () => Date.now(),
      askForPresence: async () => 0,
      isOwnerLocked: async () => false,
      log: ({ level, message }) => void log.push(`${level}: ${message}`),
      reportError: (error) => void errors.push(error),
    } as Partial<DaemonHost> as DaemonHost;
    owners = new OwnerWatch(host, new Presence(host.now));
    return new Launches({
      host,
      owners,
      handleEvents: canLaunch
        ? (_, completionHandler) => {
            launched.push(completionHandler);
            return app();
          }
        : undefined,
      isBusy: (session) => busy.includes(session),
      asking: () => [],
      onLaunched: () => {
        handled += 1;
      },
      onChange: () => {
        changes += 1;
      },
    });
  }

  const settled = async (ms = 0) => {
    await macrotasks(40);
    await vi.advanceTimersByTimeAsync(ms);
    await macrotasks(40);
  };

  /** A task has ended: its event is in the outbox. */
  async function owe(session = "session"): Promise<void> {
    const event = { session, taskKey: "key", type: "didComplete", eventId: "event", refusals: 0 } as const;
    await database.write(["outbox"], "relaxed", (tx) => tx.objectStore("outbox").add(event as never));
  }

  /** The page or the launch has delivered everything. */
  const deliver = () => database.write(["outbox"], "relaxed", (tx) => tx.objectStore("outbox").clear());
  const records = () => database.read(["launches"], (tx) => tx.objectStore("launches").getAll());
  const state = () => [launches.isActive, launches.isLaunching, launches.hasWork];

  it("are made for events, once, and are work until the app is done", async () => {
    await owe();
    expect(state()).toEqual([false, false, false]);
    launches.start();
    expect(state()).toEqual([true, false, false]);
    await settled();
    expect(launched).toHaveLength(1);
    expect(state()).toEqual([true, true, true]);
    expect(await records()).toMatchObject([{ session: "session", tries: 1, begunAt: Date.now() }]);
    launches.wake();
    await settled();
    expect(launched).toHaveLength(1);
    changes = 0;
    launched[0]?.();
    await settled();
    expect(await records()).toEqual([]);
    expect(state()).toEqual([false, false, false]);
    expect([handled, changes > 0, errors]).toEqual([1, true, []]);
    expect(log).toEqual(["info: Launching the app, try 1.", "info: The launch is over: handled."]);
    launches.wake();
    await settled(200_000);
    expect(launched).toHaveLength(1);
    await owe();
    launches.check();
    await settled();
    expect(launched).toHaveLength(2);
  });

  it("say that something has changed when they begin to look, and when they know", async () => {
    launches.start();
    expect(changes).toBe(1);
    await settled();
    expect(changes).toBe(2);
  });

  it("are not made without events, before the start, after the stop, or for an app that has no function", async () => {
    launches.start();
    await settled();
    await launches.stop();
    await owe();
    launches.check();
    await settled();
    launches = launchesOf(false);
    launches.start();
    await settled();
    launches = launchesOf();
    launches.wake();
    await settled();
    expect([launched, log, changes, await records()]).toEqual([[], [], 2, []]);
  });

  it("are not made for a session that wants none", async () => {
    await openStoredSession(database, "session", {
      ...DEFAULT_CONFIGURATION,
      sessionSendsLaunchEvents: false,
    });
    await owe();
    launches.start();
    await settled();
    expect(launched).toEqual([]);
  });

  it("are made for several sessions at a time", async () => {
    await openStoredSession(database, "other", undefined);
    await owe();
    await owe("other");
    launches.start();
    await settled();
    expect(launched).toHaveLength(2);
    launched[0]?.();
    await settled();
    expect(state()).toEqual([true, true, true]);
  });

  it("wait until a session's transfers have ended, unless no other event of the worker will come", async () => {
    await owe();
    busy = ["session"];
    launches.start();
    await settled();
    expect([launched.length, ...state()]).toEqual([0, false, false, false]);
    launches.takeLastChance();
    await settled();
    expect(launched).toHaveLength(1);
    launched[0]?.();
    await settled();
    // That was one chance.
    await owe();
    launches.check();
    await settled();
    expect(launched).toHaveLength(1);
    busy = [];
    launches.check();
    await settled();
    expect(launched).toHaveLength(2);
  });

  it("a last chance is over when the daemon stops", async () => {
    await owe();
    busy = ["session"];
    launches.start();
    await settled();
    launches.takeLastChance();
    await launches.stop();
    launches.start();
    await settled();
    expect(launched).toHaveLength(0);
  });

  it("that a worker did not survive are made again, also while transfers are under way", async () => {
    await owe();
    launches.start();
    await settled();
    // The next worker.
    busy = ["session"];
    launches = launchesOf();
    launches.start();
    await settled();
    expect(launched).toHaveLength(2);
    expect(await records()).toMatchObject([{ tries: 2 }]);
    expect(log).toContain("info: Launching the app, try 2.");
  });

  it("of an app that fails are work, and made again at the next wake only", async () => {
    await owe();
    app = () => {
      throw new Error("broken");
    };
    launches.start();
    await settled();
    expect([launched.length, ...state()]).toEqual([1, false, false, true]);
    expect([errors, handled]).toEqual([[new Error("broken")], 0]);
    expect(log).toContain("error: The launch failed: Error: broken");
    launches.check();
    await settled();
    expect([launched.length, ...state()]).toEqual([1, false, false, true]);
    app = () => {};
    launches.wake();
    await settled();
    expect(launched).toHaveLength(2);
    launched[1]?.();
    await settled();
    expect(state()).toEqual([false, false, false]);
  });

  it("are left to a page that has the session, and are work as long as its events are there", async () => {
    await owe();
    owners.owned.add("session");
    launches.start();
    await settled();
    expect([launched.length, ...state()]).toEqual([0, false, false, true]);
    await deliver();
    launches.check();
    await settled();
    expect(state()).toEqual([false, false, false]);
  });

  it("that broke off are left to a page that has the session, record and all", async () => {
    await owe();
    launches.start();
    await settled();
    launches = launchesOf();
    owners.owned.add("session");
    launches.start();
    await settled();
    expect([launched.length, await records()]).toEqual([1, []]);
  });

  it("that broke off are left to a page that opens the session, but not one that is under way", async () => {
    await owe();
    launches.start();
    await settled();
    await launches.leaveToPage("session");
    expect(await records()).toHaveLength(1);
    launches = launchesOf();
    await launches.leaveToPage("session");
    expect(await records()).toEqual([]);
  });

  it("that fail while a page takes the session are not postponed", async () => {
    await owe();
    let fail = (): void => {};
    app = () => new Promise((_, reject) => (fail = () => reject(new Error("broken"))));
    launches.start();
    await settled();
    owners.owned.add("session");
    fail();
    await settled();
    // The page gets the events: the record went at once.
    expect(await records()).toEqual([]);
    expect(launches.hasWork).toBe(true);
  });

  it("gives the session that the app opens the launch, until that is over", async () => {
    await owe();
    expect(launches.of("session")).toBeUndefined();
    launches.start();
    await settled();
    const launch = launches.of("session");
    expect(launch).toBeDefined();
    expect(launches.of("other")).toBeUndefined();
    launched[0]?.();
    expect(launches.of("session")).toBeUndefined();
  });

  it.each([
    ["a page has the session now", (launch: { gaveWay(): void }) => launch.gaveWay()],
    [
      "the app did not wait for all events",
      (launch: { opened(session: object): void }) => {
        launch.opened({ end: async () => 0 });
        launched[0]?.();
      },
    ],
  ] as const)("that leave events because %s make no loop: the next wake looks again", async (_, end) => {
    await owe();
    launches.start();
    await settled();
    end(launches.of("session") as never);
    await settled();
    expect([launched.length, await records(), launches.hasWork]).toEqual([1, [], true]);
    launches.check();
    await settled();
    expect(launched).toHaveLength(1);
    launches.wake();
    await settled();
    expect(launched).toHaveLength(2);
  });

  it("end with the daemon, and their records stay", async () => {
    await owe();
    launches.start();
    await settled();
    await launches.stop();
    await settled();
    expect([launches.isLaunching, (await records()).length, errors]).toEqual([false, 1, []]);
  });

  it("are looked up again after the disk has failed", async () => {
    await owe();
    const { read } = database;
    database.read = () => Promise.reject(new Error("the disk fails"));
    launches.start();
    await settled();
    expect(log).toEqual(["error: Launches could not be looked up: Error: the disk fails"]);
    expect(state()).toEqual([false, false, false]);
    database.read = read;
    launches.check();
    await settled();
    expect(launched).toHaveLength(1);
  });

  it("what comes up while they are looked up is not missed", async () => {
    launches.start();
    await owe();
    launches.check();
    await settled();
    expect(launched).toHaveLength(1);
  });
});
