import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exclusively } from "../../../../src/sw/host/daemon-lock.ts";
import { FakeLocks } from "../../../../src/testing/fake-locks.ts";
import { Realm } from "../../../../src/testing/realm.ts";
import { macrotasks } from "../../../support/fake-world.ts";

const NAME = "daemon";

/** A worker that requests the lock. Its work ends when it is told to, or when the lock was stolen. */
class Worker {
  readonly realm = new Realm("worker");
  readonly leaving = new AbortController();
  isRunning = false;
  wasRobbed = false;
  /** How its `exclusively` ended. */
  end: Promise<string> | undefined;
  readonly #locks: LockManager;

  constructor(locks: FakeLocks) {
    const { realm } = this;
    // A worker's timers end with it.
    this.#locks = {
      query: () => (realm.isDead ? new Promise(() => {}) : locks.query()),
      request: (name: string, options: LockOptions, hold: () => Promise<void>) =>
        realm.run(() => locks.request(name, options, hold)),
    } as unknown as LockManager;
  }

  start(): this {
    this.end = this.realm
      .run(() => exclusively(this.#locks, NAME, (lost) => this.#work(lost), this.leaving.signal))
      .then(
        () => "fulfilled",
        () => "rejected",
      );
    return this;
  }

  async #work(lost: AbortSignal): Promise<void> {
    this.isRunning = true;
    const { signal } = this.leaving;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve());
      lost.addEventListener("abort", () => {
        // At once: the daemon that stole it begins in the next turn.
        this.isRunning = false;
        this.wasRobbed = true;
        resolve();
      });
    });
    this.isRunning = false;
  }
}

/** A page that watches for the end of a daemon. If it is frozen, it keeps the lock it has got. */
class Watcher {
  readonly realm = new Realm("page");
  #thaw: () => void = () => {};
  #isFrozen = false;

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#thaw();
  }

  watch(locks: FakeLocks): void {
    const hold = (): Promise<void> | undefined =>
      this.#isFrozen ? new Promise<void>((resolve) => (this.#thaw = resolve)) : undefined;
    this.realm.run(() => locks.request(NAME, { mode: "shared" }, hold).catch(() => {}));
  }
}

describe("the daemon's lock: never two daemons, and never none because of a frozen page", () => {
  let locks: FakeLocks;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    locks = new FakeLocks();
  });
  afterEach(() => void vi.useRealTimers());

  async function pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
    await macrotasks(10);
  }

  /** A page that was frozen while it watched, and has the lock. */
  async function frozenPage(): Promise<Watcher> {
    const page = new Watcher();
    page.freeze();
    page.watch(locks);
    await macrotasks(2);
    return page;
  }

  it("is stolen from a page that was frozen while it held it, once a second check finds the same holder", async () => {
    const page = await frozenPage();
    const worker = new Worker(locks).start();
    await pass(2_000);
    expect(worker.isRunning).toBe(false);
    await pass(2_000);
    expect(worker.isRunning).toBe(true);
    // The page thaws, and its watch is over.
    page.thaw();
    await pass(10_000);
    expect([worker.isRunning, worker.wasRobbed]).toEqual([true, false]);
  });

  it("is stolen from a frozen page whatever other locks are held", async () => {
    void locks.request("an owner's", () => new Promise(() => {}));
    await frozenPage();
    const worker = new Worker(locks).start();
    await pass(4_000);
    expect(worker.isRunning).toBe(true);
  });

  it("is not stolen as long as pages release it between two checks", async () => {
    const [first] = [await frozenPage(), await frozenPage()];
    const worker = new Worker(locks).start();
    await pass(2_000);
    first.thaw();
    await pass(2_000);
    expect(worker.isRunning).toBe(false);
    await pass(2_000);
    expect(worker.isRunning).toBe(true);
  });

  // The lock was stolen from a daemon that had just got it, which was not told and ran on beside the other one.
  it("is not stolen from a daemon that got it after the check", async () => {
    const page = await frozenPage();
    const first = new Worker(locks).start();
    const second = new Worker(locks).start();
    await macrotasks(2);
    // Both have checked, and the page is closed at the same moment.
    vi.advanceTimersByTime(2_000);
    page.thaw();
    await macrotasks(20);
    expect([first.isRunning, second.isRunning]).toEqual([true, false]);
    await pass(60_000);
    expect([first.isRunning, second.isRunning, first.wasRobbed]).toEqual([true, false, false]);
  });

  it("is not stolen while pages take and release it all the time", async () => {
    const worker = new Worker(locks);
    const pages = Array.from({ length: 3 }, () => new Watcher());
    // A daemon that goes on, behind which the pages wait.
    const before = new Worker(locks).start();
    await macrotasks(2);
    for (const page of pages) page.watch(locks);
    worker.start();
    await pass(60_000);
    expect([before.isRunning, before.wasRobbed]).toEqual([true, false]);
    before.leaving.abort();
    await pass(0);
    expect(worker.isRunning).toBe(true);
  });

  it("a daemon whose lock is stolen learns it at once, ends in good order, and may wait for it again", async () => {
    const robbed = new Worker(locks).start();
    await macrotasks(5);
    let letGo = (): void => {};
    const thief = locks.request(
      NAME,
      { steal: true },
      () => new Promise<void>((resolve) => (letGo = resolve)),
    );
    await macrotasks(5);
    expect([robbed.isRunning, robbed.wasRobbed]).toEqual([false, true]);
    expect(await robbed.end).toBe("fulfilled");
    robbed.start();
    await pass(60_000);
    expect(robbed.isRunning).toBe(false);
    letGo();
    await thief;
    await pass(0);
    expect(robbed.isRunning).toBe(true);
  });

  it("a daemon that stole it learns of a theft too, and its own first request does not count as one", async () => {
    await frozenPage();
    const worker = new Worker(locks).start();
    await pass(4_000);
    expect([worker.isRunning, worker.wasRobbed]).toEqual([true, false]);
    void locks.request(NAME, { steal: true }, () => new Promise(() => {}));
    await pass(0);
    expect([worker.isRunning, worker.wasRobbed]).toEqual([false, true]);
  });

  it("a daemon that leaves while it waits ends its wait, and steals nothing afterwards", async () => {
    await frozenPage();
    const worker = new Worker(locks).start();
    await pass(2_000);
    worker.leaving.abort();
    expect(await worker.end).toBe("rejected");
    await pass(60_000);
    expect(worker.isRunning).toBe(false);
    expect((await locks.query()).held).toHaveLength(1);
  });

  type Act = {
    readonly do: "start" | "leave" | "kill" | "watch" | "freeze" | "thaw";
    readonly which: number;
  };
  const anyAct: fc.Arbitrary<Act> = fc.record({
    do: fc.constantFrom("start", "start", "leave", "kill", "watch", "watch", "freeze", "thaw"),
    which: fc.nat(2),
  });

  it("whatever workers and pages do, at most one daemon runs, and in the end one does", async () => {
    const delays = fc.constantFrom(0, 0, 1, 500, 1_999, 2_000, 2_001, 5_000);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyAct, delays), { maxLength: 30 }), async (acts) => {
        locks = new FakeLocks();
        const workers: Worker[] = [];
        const pages = [0, 1, 2].map(() => new Watcher());
        const kill = (worker: Worker | undefined): void => {
          if (worker === undefined) return;
          worker.realm.isDead = true;
          locks.releaseAllOf(worker.realm);
          workers.splice(workers.indexOf(worker), 1);
        };
        const steps: Record<Act["do"], (which: number) => void> = {
          start: () => workers.push(new Worker(locks).start()),
          leave: (which) => workers.splice(which, 1)[0]?.leaving.abort(),
          kill: (which) => kill(workers[which]),
          watch: (which) => pages[which]?.watch(locks),
          freeze: (which) => pages[which]?.freeze(),
          thaw: (which) => pages[which]?.thaw(),
        };
        const running = () => workers.filter(({ isRunning }) => isRunning).length;
        for (const [act, delayMs] of acts) {
          steps[act.do](act.which);
          for (let turn = 0; turn < 6; turn += 1) {
            await macrotasks(1);
            expect(running()).toBeLessThanOrEqual(1);
          }
          await vi.advanceTimersByTimeAsync(delayMs);
        }
        // A daemon whose lock was stolen and that did not request it again is no candidate.
        workers.push(new Worker(locks).start());
        for (let round = 0; round < 10; round += 1) {
          await pass(1_000);
          expect(running()).toBeLessThanOrEqual(1);
        }
        expect(running()).toBe(1);
        vi.clearAllTimers();
      }),
      { numRuns: 150 },
    );
  });
});
