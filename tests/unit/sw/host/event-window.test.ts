import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { EventWindow } from "../../../../src/sw/host/event-window.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../../support/daemon-world.ts";
import { FakeRegistration } from "../../../support/fake-background-fetch.ts";
import { macrotasks } from "../../../support/fake-world.ts";

const WINDOW_MS = 150_000;

describe("how long the daemon uses an event of its worker", () => {
  let daemonWorld: DaemonWorld;
  let window: EventWindow;
  let again: number;
  beforeEach(async () => {
    daemonWorld = await beginWorld();
    // The server accepts requests, and does not answer.
    daemonWorld.world.server.isAutomatic = false;
    window = new EventWindow(daemonWorld.world.start());
    again = 0;
  });
  afterEach(() => endWorld(daemonWorld));

  async function pass(ms: number): Promise<void> {
    await macrotasks(20);
    await vi.advanceTimersByTimeAsync(ms);
    await macrotasks(20);
  }

  /** How an event has ended, or that it is open. */
  function watched(event: Promise<void>): () => string {
    let end = "open";
    event.then(
      () => (end = "over"),
      (error: Error) => (end = error.message),
    );
    return () => end;
  }

  const sync = (isLastChance = false) =>
    watched(
      window.useSync({
        isLastChance,
        again: async () => {
          again += 1;
        },
      }),
    );

  async function openPage(): Promise<void> {
    const presence = {
      type: "presence",
      isVisible: true,
      hasNetworkReturned: false,
      isLeaving: false,
      owns: [],
    } as const;
    await daemonWorld.world.daemon?.handle(presence, "page");
  }

  async function finish(): Promise<void> {
    const [exchange] = daemonWorld.world.server.exchanges;
    if (exchange === undefined) throw new Error("no request was sent");
    daemonWorld.world.server.answer(exchange);
    exchange.finish();
    await pass(100);
    await pass(100);
  }

  it("any event: 150 s while there is something to do", async () => {
    await makeTask(daemonWorld);
    const end = watched(window.use());
    await pass(WINDOW_MS - 1);
    expect(end()).toBe("open");
    await pass(1);
    expect(end()).toBe("over");
  });

  it("any event: until there is nothing left to do", async () => {
    await makeTask(daemonWorld);
    const end = watched(window.use());
    await pass(1_000);
    expect(end()).toBe("open");
    await finish();
    expect(end()).toBe("over");
  });

  it("the event in which a page leaves: 25 s", async () => {
    await makeTask(daemonWorld);
    const end = watched(window.useLeave());
    await pass(24_999);
    expect(end()).toBe("open");
    await pass(1);
    expect(end()).toBe("over");
  });

  it("a sync event without a page is rejected while work is left, so that another comes, and asks for none", async () => {
    await makeTask(daemonWorld);
    await pass(100);
    const end = sync();
    await pass(WINDOW_MS);
    expect(end()).toBe("There is unfinished work.");
    expect(again).toBe(1);
  });

  it("a sync event with a page asks for the next one twice: in case the page goes, and with fresh attempts", async () => {
    await makeTask(daemonWorld);
    await pass(100);
    const end = sync();
    await pass(WINDOW_MS - 1);
    await openPage();
    expect([end(), again]).toEqual(["open", 1]);
    await pass(1);
    expect([end(), again]).toEqual(["over", 2]);
  });

  it("a sync event is over if no work is left, and asks for no other one", async () => {
    const end = sync();
    await pass(1_000);
    expect([end(), again]).toEqual(["over", 0]);
  });

  it("work that waits for something else rejects a sync event at once, and asks for no other one", async () => {
    const configuration = { ...DEFAULT_CONFIGURATION, isDiscretionary: true };
    await openStoredSession(daemonWorld.page, "patient", configuration);
    daemonWorld.world.isExpensive = true;
    await makeTask(daemonWorld, { session: "patient" });
    await openPage();
    await pass(100);
    const end = sync();
    await pass(1_000);
    expect([end(), again]).toEqual(["There is unfinished work.", 0]);
  });

  it("the last sync event: 110 s for the transfers, and 40 s for the app", async () => {
    await makeTask(daemonWorld);
    const end = sync(true);
    await pass(WINDOW_MS - 1);
    expect(end()).toBe("open");
    await pass(1);
    expect(end()).toBe("There is unfinished work.");
  });

  it("the end of a background fetch: 150 s while there is something to do", async () => {
    await makeTask(daemonWorld);
    await pass(100);
    const end = watched(
      window.useFetch(new FakeRegistration("of nobody", [], {}, daemonWorld.world as never)),
    );
    await pass(WINDOW_MS - 1);
    expect(end()).toBe("open");
    await pass(1);
    expect(end()).toBe("over");
  });

  it.each([
    ["the last one while work is left launches the app after 110 s", true, true, false, 1],
    ["the last one while a page is open leaves it to the page", true, true, true, 0],
    ["the last one without work has nothing to launch it for", true, false, false, 0],
    ["any other one leaves it to the next", false, true, false, 0],
  ])("%s", async (_, isLastChance, hasWork, hasPage, count) => {
    const launches = daemonWorld.world.daemon?.launches;
    if (launches === undefined) throw new Error("no daemon");
    const taken = vi.spyOn(launches, "takeLastChance");
    if (hasWork) await makeTask(daemonWorld);
    await pass(100);
    sync(isLastChance);
    await pass(109_999);
    if (hasPage) await openPage();
    expect(taken).not.toHaveBeenCalled();
    await pass(1);
    expect(taken).toHaveBeenCalledTimes(count);
    await pass(WINDOW_MS);
    expect(taken).toHaveBeenCalledTimes(count);
  });

  it("a sync event of a worker that makes way for a newer one is rejected at once", async () => {
    await makeTask(daemonWorld);
    await pass(100);
    const end = sync();
    await pass(100);
    void daemonWorld.world.daemon?.leave();
    await pass(2_000);
    expect(end()).toBe("A newer worker goes on.");
  });

  it("a sync event while a newer worker goes on is rejected, and asks for none: the next one would come at once", async () => {
    await makeTask(daemonWorld);
    await pass(100);
    void daemonWorld.world.daemon?.leave();
    await pass(2_000);
    const end = sync();
    await pass(100);
    expect([end(), again]).toEqual(["A newer worker goes on.", 0]);
  });
});
