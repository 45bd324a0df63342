import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LaunchedSession } from "../../../../src/protocol/local-daemon.ts";
import { ActiveLaunch, type HandleEvents } from "../../../../src/sw/launches/active-launch.ts";
import { takeClock } from "../../../support/clock.ts";

const LIMIT_MS = 150_000;

describe("one launch of the app", () => {
  let errors: string[];
  beforeEach(() => {
    takeClock();
    errors = [];
  });
  afterEach(() => void vi.useRealTimers());

  /** A launch, the completion handler that the app got, and how it ended. */
  function launched(handleEvents: HandleEvents = () => {}) {
    let complete = (): void => {};
    const launch = new ActiveLaunch("session", {
      handleEvents: (identifier, completionHandler) => {
        complete = completionHandler;
        return handleEvents(identifier, completionHandler);
      },
      limitMs: LIMIT_MS,
      onError: (error) => void errors.push((error as Error).message),
    });
    let end: unknown = "open";
    launch.end.then(
      (value) => (end = value),
      (error: Error) => (end = error.message),
    );
    return { launch, complete: () => complete(), end: () => end };
  }

  /** A session that the app has opened, which has offered its events up to a place. */
  function session(offeredUpTo = 7): LaunchedSession & { ends: number } {
    const opened = {
      ends: 0,
      end: async () => {
        opened.ends += 1;
        return offeredUpTo;
      },
    };
    return opened;
  }

  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it("ends its sessions when the app calls the handler, and says what they had offered; nothing is reported later", async () => {
    const { launch, complete, end } = launched();
    const sessions = [session(3), session(9), session(5)];
    for (const one of sessions) launch.opened(one);
    await pass(1_000);
    expect([end(), launch.isOver]).toEqual(["open", false]);
    complete();
    expect(launch.isOver).toBe(true);
    complete();
    await pass(LIMIT_MS);
    expect(end()).toEqual({ kind: "handled", offeredUpTo: 9 });
    expect(sessions.map(({ ends }) => ends)).toEqual([1, 1, 1]);
    expect([errors, vi.getTimerCount()]).toEqual([[], 0]);
  });

  it("of an app that opens no session ends without a place", async () => {
    const { complete, end } = launched();
    complete();
    await pass(0);
    expect(end()).toEqual({ kind: "handled", offeredUpTo: undefined });
  });

  it("is handled when the app's function has settled", async () => {
    let settle = (): void => {};
    const { launch } = launched(() => new Promise<void>((resolve) => (settle = resolve)));
    let isHandled = false;
    void launch.handled.then(() => (isHandled = true));
    await pass(1_000);
    expect(isHandled).toBe(false);
    settle();
    await pass(0);
    expect(isHandled).toBe(true);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken"))],
  ] as const)("fails if the app's function %s, and its sessions end", async (_, broken) => {
    const { launch, end } = launched(broken);
    const opened = session();
    launch.opened(opened);
    await pass(0);
    await launch.handled;
    expect([end(), errors, opened.ends, launch.isOver]).toEqual(["broken", ["broken"], 1, true]);
  });

  it("fails after its time if the handler is not called", async () => {
    const { launch, end } = launched();
    const opened = session();
    launch.opened(opened);
    await pass(LIMIT_MS - 1);
    expect(end()).toBe("open");
    await pass(1);
    const said = "The app did not call the completion handler of its background launch in time.";
    expect([end(), errors, opened.ends]).toEqual([said, [said], 1]);
  });

  it("a session that is opened when the launch is over ends at once, and one before does not", async () => {
    const { launch, complete } = launched();
    const [early, late] = [session(), session()];
    launch.opened(early);
    expect(early.ends).toBe(0);
    complete();
    launch.opened(late);
    expect(late.ends).toBe(1);
  });

  describe("whose sessions the app has closed", () => {
    it("fails 10 s later if the handler was not called", async () => {
      const { launch, end } = launched();
      const opened = session();
      launch.opened(opened);
      void launch.closed(opened);
      await pass(9_999);
      expect([end(), errors]).toEqual(["open", []]);
      await pass(1);
      expect(errors).toHaveLength(1);
      expect(end()).toContain("closed the session");
    });

    it("goes on while another one is open", async () => {
      const { launch, end } = launched();
      const [one, other] = [session(), session()];
      launch.opened(one);
      launch.opened(other);
      void launch.closed(one);
      await pass(20_000);
      expect([end(), errors]).toEqual(["open", []]);
    });

    it("goes on if the app opens another one meanwhile", async () => {
      const { launch, end } = launched();
      const one = session();
      launch.opened(one);
      void launch.closed(one);
      await pass(5_000);
      launch.opened(session());
      await pass(20_000);
      expect([end(), errors]).toEqual(["open", []]);
    });

    it("waits for the app's function first", async () => {
      let settle = (): void => {};
      const { launch, end } = launched(() => new Promise<void>((resolve) => (settle = resolve)));
      const opened = session();
      launch.opened(opened);
      void launch.closed(opened);
      await pass(60_000);
      expect(end()).toBe("open");
      settle();
      await pass(10_000);
      expect(end()).toContain("closed the session");
    });

    it("is not reported if the handler is called in time", async () => {
      const { launch, complete, end } = launched();
      const opened = session();
      launch.opened(opened);
      void launch.closed(opened);
      await pass(9_000);
      complete();
      await pass(60_000);
      expect([end(), errors]).toEqual([{ kind: "handled", offeredUpTo: 7 }, []]);
    });
  });

  it("gives way to a page, and leaves its sessions to that", async () => {
    const { launch, end } = launched();
    const opened = session();
    launch.opened(opened);
    launch.gaveWay();
    await pass(LIMIT_MS);
    expect([end(), opened.ends, errors]).toEqual([{ kind: "gave-way" }, 0, []]);
  });

  it("is abandoned when the daemon stops, which waits for its sessions, and the app is not to blame", async () => {
    const { launch, end } = launched();
    let settle = (): void => {};
    const offered = new Promise<number>((resolve) => (settle = () => resolve(1)));
    let isAbandoned = false;
    launch.opened({ end: () => offered });
    void launch.abandon().then(() => (isAbandoned = true));
    await pass(1_000);
    expect(isAbandoned).toBe(false);
    settle();
    await pass(0);
    expect([isAbandoned, launch.isOver, errors, end()]).toEqual([true, true, [], "The daemon stops."]);
  });

  it("a session that cannot end in good order is reported, and has offered nothing", async () => {
    const { launch, complete, end } = launched();
    launch.opened({ end: () => Promise.reject(new Error("stuck")) });
    complete();
    await pass(0);
    expect([end(), errors]).toEqual([{ kind: "handled", offeredUpTo: 0 }, ["stuck"]]);
  });
});
