import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type OnBusy, Ownership } from "../../../../src/app/ownership/ownership.ts";
import { namesOf } from "../../../../src/protocol/names.ts";
import { SessionError } from "../../../../src/protocol/session-error.ts";
import { FakeBrowser } from "../../../../src/testing/fake-browser.ts";
import type { Realm } from "../../../../src/testing/realm.ts";
import { takeClock } from "../../../support/clock.ts";
import { macrotasks } from "../../../support/fake-world.ts";

const NAMES = namesOf("https://app.test/");
const LOCK = NAMES.ownerLock("session");

/** One realm that has the session open. */
interface Opened {
  readonly realm: Realm;
  readonly ownership: Ownership;
  /** What its session was told. */
  readonly heard: string[];
  /** How its `claim()` ended. */
  claimed: string;
  error?: unknown;
}

describe("several realms that open one session", () => {
  const browser = new FakeBrowser();
  beforeEach(() => {
    takeClock();
    browser.install();
  });
  afterEach(() => {
    for (const realm of [...browser.realms]) browser.kill(realm);
    browser.uninstall();
    vi.useRealTimers();
  });

  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 250) {
      await macrotasks(8);
      await vi.advanceTimersByTimeAsync(Math.min(250, ms - passed));
    }
    await macrotasks(12);
  }

  async function open(
    onBusy: OnBusy | "observer",
    { kind = "page" as Realm["kind"], isThorough = false, givesWay = true } = {},
  ): Promise<Opened> {
    const realm = browser.open(kind);
    const heard: string[] = [];
    const ownership = realm.run(
      () =>
        new Ownership({
          names: NAMES,
          identifier: "session",
          onBusy,
          isThorough,
          onPromotion: () => void heard.push("promotion"),
          onLoss: () => void heard.push("loss"),
          onGiveWay: () => {
            heard.push("give way");
            if (givesWay) void ownership.release();
          },
        }),
    );
    const opened: Opened = { realm, ownership, heard, claimed: "waits" };
    realm.run(() =>
      ownership.claim().then(
        () => {
          opened.claimed = ownership.role;
        },
        (error: unknown) => {
          opened.error = error;
          opened.claimed = error instanceof SessionError ? error.code : String(error);
        },
      ),
    );
    await macrotasks(12);
    return opened;
  }

  /** A page that holds the lock and is frozen. */
  async function frozenOwner(): Promise<{ isRobbed: () => boolean }> {
    let isRobbed = false;
    browser.open("page").run(() => {
      navigator.locks
        .request(LOCK, () => new Promise(() => {}))
        .catch(() => {
          isRobbed = true;
        });
    });
    await macrotasks(5);
    return { isRobbed: () => isRobbed };
  }

  const roles = (...all: Opened[]) => all.map(({ ownership }) => ownership.role);

  it.each(["observe", "wait", "take-over", "fail"] as const)(
    'the first becomes the owner at once with "%s", without a promotion',
    async (onBusy) => {
      const first = await open(onBusy);
      expect([first.claimed, first.ownership.role, first.heard]).toEqual(["owner", "owner", []]);
      await pass(10_000);
      expect(first.heard).toEqual([]);
    },
  );

  it("an observer for good never becomes the owner", async () => {
    const observer = await open("observer");
    expect(observer.claimed).toBe("observer");
    await observer.realm.run(() => observer.ownership.doubt());
    await pass(10_000);
    expect([observer.ownership.role, observer.heard]).toEqual(["observer", []]);
    observer.realm.run(() => observer.ownership.rest({ keepsLock: false }));
    await observer.realm.run(() => observer.ownership.takeUp());
    await pass(10_000);
    expect([observer.ownership.role, observer.heard]).toEqual(["observer", []]);
  });

  it("the second observes within half a second, and is promoted when the first releases the session", async () => {
    const first = await open("observe");
    const second = await open("observe");
    await pass(500);
    expect([second.claimed, second.ownership.role]).toEqual(["observer", "observer"]);
    await pass(20_000);
    expect([roles(first, second), second.heard]).toEqual([["owner", "observer"], []]);
    let isFree = false;
    void first.realm.run(() => first.ownership.release()).then(() => (isFree = true));
    await pass(250);
    expect([isFree, second.ownership.role, second.heard]).toEqual([true, "owner", ["promotion"]]);
    expect(first.heard).toEqual([]);
  });

  it("the second is promoted when the realm of the first dies", async () => {
    const first = await open("observe");
    const second = await open("observe");
    await pass(1_000);
    browser.kill(first.realm);
    await pass(250);
    expect([second.ownership.role, second.heard]).toEqual(["owner", ["promotion"]]);
  });

  it('the second fails with "fail" as soon as the owner has answered', async () => {
    await open("observe");
    const second = await open("fail");
    await pass(100);
    expect(second.claimed).toBe("session-in-use");
    expect(second.error).toMatchObject({ identifier: "session" });
    await pass(20_000);
    expect([second.ownership.role, second.heard]).toEqual(["observer", []]);
  });

  it.each([
    ["fail", false],
    ["observe", true],
  ] as const)(
    "an owner that is frozen loses the session to a claim that must know (%s)",
    async (onBusy, isThorough) => {
      const frozen = await frozenOwner();
      const second = await open(onBusy, { isThorough });
      await pass(5_500);
      expect([second.claimed, frozen.isRobbed()]).toEqual(["waits", false]);
      await pass(750);
      expect([second.claimed, frozen.isRobbed(), second.heard]).toEqual(["owner", true, []]);
    },
  );

  it('the second takes the session over with "take-over", and the first learns it', async () => {
    const first = await open("observe");
    const second = await open("take-over");
    await pass(250);
    expect([second.claimed, ...roles(first, second)]).toEqual(["owner", "observer", "owner"]);
    expect([first.heard, second.heard]).toEqual([["loss"], []]);
  });

  describe('with "wait"', () => {
    it("the second waits until the first is gone", async () => {
      const first = await open("observe");
      const second = await open("wait");
      expect([first.ownership.isPatient, second.ownership.isPatient]).toEqual([false, true]);
      await pass(60_000);
      expect(second.claimed).toBe("waits");
      await Promise.all([first.realm.run(() => first.ownership.release()), pass(250)]);
      expect([second.claimed, second.heard]).toEqual(["owner", []]);
    });

    it("the second takes the session from an owner that is frozen later", async () => {
      const first = await open("observe");
      const second = await open("wait");
      await pass(30_000);
      // It neither hears nor answers, and keeps its lock.
      first.realm.run = () => undefined as never;
      await pass(20_000);
      expect([second.claimed, second.heard]).toEqual(["owner", []]);
    });

    it("the second asks every 5 s whether the owner is alive", async () => {
      let questions = 0;
      browser.open("page").run(() => {
        new BroadcastChannel(LOCK).onmessage = ({ data }) => {
          if (data.say === "who-owns") questions += 1;
        };
      });
      await open("observe");
      const before = questions;
      await open("wait");
      await pass(60_000);
      expect(questions - before).toBeGreaterThan(8);
      expect(questions - before).toBeLessThan(16);
    });

    it("the second ends its wait when it is closed", async () => {
      await open("observe");
      const second = await open("wait");
      await pass(2_000);
      let isFree = false;
      void second.realm.run(() => second.ownership.release()).then(() => (isFree = true));
      await pass(12_000);
      expect([isFree, second.ownership.role]).toEqual([true, "observer"]);
    });
  });

  describe("a worker that owns the session", () => {
    it("gives way to a page, which becomes the owner as soon as it is free", async () => {
      const worker = await open("observe", { kind: "worker" });
      const page = await open("observe");
      await pass(250);
      expect([page.claimed, worker.heard, page.heard]).toEqual(["owner", ["give way"], []]);
    });

    it("has 6 s to settle the event in hand, then the page observes and is promoted", async () => {
      const worker = await open("observe", { kind: "worker", givesWay: false });
      const page = await open("observe");
      await pass(3_000);
      // What others say meanwhile is not what it waits for.
      browser.open("page").run(() => new BroadcastChannel(LOCK).postMessage({ say: "mine" }));
      await pass(2_900);
      expect([page.claimed, worker.heard]).toEqual(["waits", ["give way"]]);
      await pass(500);
      expect(page.claimed).toBe("observer");
      await Promise.all([worker.realm.run(() => worker.ownership.release()), pass(250)]);
      expect([page.ownership.role, page.heard]).toEqual(["owner", ["promotion"]]);
    });

    it("is still the owner for another worker", async () => {
      const worker = await open("observe", { kind: "worker" });
      const other = await open("fail", { kind: "worker" });
      await pass(1_000);
      expect([worker.ownership.role, worker.heard, other.claimed]).toEqual(["owner", [], "session-in-use"]);
    });
  });

  it("an owner of which an observer has doubts keeps the session if it answers", async () => {
    const first = await open("observe");
    const second = await open("observe");
    await pass(20_000);
    await second.realm.run(() => second.ownership.doubt());
    await second.realm.run(() => second.ownership.doubt());
    await pass(20_000);
    expect([roles(first, second), first.heard, second.heard]).toEqual([["owner", "observer"], [], []]);
  });

  describe("doubts", () => {
    /** Counts the questions that an owner gets; it answers while it is alive. */
    async function countingOwner() {
      const owner = { questions: 0, isAlive: true };
      browser.open("page").run(() => {
        const channel = new BroadcastChannel(LOCK);
        channel.onmessage = ({ data }) => {
          if (data.say !== "who-owns") return;
          owner.questions += 1;
          if (owner.isAlive) channel.postMessage({ say: "mine" });
        };
        navigator.locks.request(LOCK, () => new Promise(() => {})).catch(() => {});
      });
      await macrotasks(5);
      return owner;
    }

    it("that come up meanwhile are asked about once, 5 s later", async () => {
      const owner = await countingOwner();
      const second = await open("observe");
      await pass(20_000);
      const before = owner.questions;
      // One by its claim, and one because it queues.
      expect(before).toBe(2);
      const doubt = () => void second.realm.run(() => second.ownership.doubt());
      doubt();
      await pass(250);
      expect(owner.questions).toBe(before + 1);
      doubt();
      doubt();
      await pass(4_000);
      expect(owner.questions).toBe(before + 1);
      await pass(1_500);
      expect(owner.questions).toBe(before + 2);
      await pass(30_000);
      expect(owner.questions).toBe(before + 2);
    });

    it("are over with the session", async () => {
      const owner = await countingOwner();
      const second = await open("observe");
      await pass(20_000);
      const doubt = () => void second.realm.run(() => second.ownership.doubt());
      doubt();
      doubt();
      await pass(250);
      const before = owner.questions;
      owner.isAlive = false;
      await Promise.all([second.realm.run(() => second.ownership.release()), pass(30_000)]);
      expect([owner.questions, second.ownership.role, second.heard]).toEqual([before, "observer", []]);
    });

    it("an owner has none", async () => {
      const first = await open("observe");
      let questions = 0;
      browser.open("page").run(() => {
        new BroadcastChannel(LOCK).onmessage = () => {
          questions += 1;
        };
      });
      await first.realm.run(() => first.ownership.doubt());
      await pass(10_000);
      expect([questions, first.heard]).toEqual([0, []]);
    });
  });

  describe("a page that rests", () => {
    it("releases the session, and takes it up again if nobody else has it", async () => {
      const page = await open("observe");
      page.realm.run(() => page.ownership.rest({ keepsLock: false }));
      await pass(250);
      expect([page.ownership.role, (await browser.locks.query()).held]).toEqual(["observer", []]);
      await page.realm.run(() => page.ownership.takeUp());
      expect(page.ownership.role).toBe("owner");
      // Others are answered again.
      const other = await open("fail");
      await pass(250);
      expect([other.claimed, page.heard]).toEqual(["session-in-use", []]);
    });

    it("lets the next one have the session, and observes when it is back", async () => {
      const page = await open("observe");
      const other = await open("observe");
      await pass(1_000);
      page.realm.run(() => page.ownership.rest({ keepsLock: false }));
      await pass(1_000);
      expect(roles(page, other)).toEqual(["observer", "owner"]);
      void page.realm.run(() => page.ownership.takeUp());
      await pass(1_000);
      expect(roles(page, other)).toEqual(["observer", "owner"]);
      await Promise.all([other.realm.run(() => other.ownership.release()), pass(250)]);
      expect([page.ownership.role, page.heard]).toEqual(["owner", ["promotion"]]);
    });

    it("keeps the session if it must, and goes on answering", async () => {
      const page = await open("observe");
      page.realm.run(() => page.ownership.rest({ keepsLock: true }));
      await pass(250);
      expect(page.ownership.role).toBe("owner");
      await page.realm.run(() => page.ownership.takeUp());
      const other = await open("fail");
      await pass(250);
      expect([page.ownership.role, other.claimed]).toEqual(["owner", "session-in-use"]);
      await Promise.all([page.realm.run(() => page.ownership.release()), pass(250)]);
      expect((await browser.locks.query()).held).toEqual([]);
    });

    it("that only observes does not wait for the session, whatever it must keep", async () => {
      const first = await open("observe");
      const page = await open("observe");
      await pass(1_000);
      page.realm.run(() => page.ownership.rest({ keepsLock: true }));
      await Promise.all([first.realm.run(() => first.ownership.release()), pass(10_000)]);
      expect([page.ownership.role, page.heard, (await browser.locks.query()).held]).toEqual([
        "observer",
        [],
        [],
      ]);
    });
  });

  it("a session that is released tells the one that waits for it, and can be closed again", async () => {
    const words: unknown[] = [];
    browser.open("page").run(() => {
      new BroadcastChannel(LOCK).onmessage = ({ data }) => void words.push(data);
    });
    const page = await open("observe");
    await Promise.all([page.realm.run(() => page.ownership.release()), pass(250)]);
    await Promise.all([page.realm.run(() => page.ownership.release()), pass(250)]);
    expect(words).toEqual([{ say: "mine" }, { say: "free" }]);
    expect(page.heard).toEqual([]);
  });

  it("an owner answers who owns the session, and ignores everything else", async () => {
    const page = await open("observe");
    const words: unknown[] = [];
    const asking = browser.open("page");
    const channel = asking.run(() => new BroadcastChannel(LOCK));
    channel.onmessage = ({ data }) => void words.push(data);
    for (const odd of [null, "who-owns", 7, { say: "free" }, { say: "mine" }, {}])
      asking.run(() => channel.postMessage(odd));
    await pass(250);
    expect(words).toEqual([]);
    asking.run(() => channel.postMessage({ say: "who-owns", isWindow: true }));
    await pass(250);
    expect([words, page.heard, browser.uncaught]).toEqual([[{ say: "mine" }], [], []]);
  });
});
