import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Ownership } from "../../../../src/app/ownership/ownership.ts";
import { namesOf } from "../../../../src/protocol/names.ts";
import { FakeBrowser } from "../../../../src/testing/fake-browser.ts";
import type { Realm } from "../../../../src/testing/realm.ts";
import { takeClock } from "../../../support/clock.ts";
import { macrotasks } from "../../../support/fake-world.ts";

const NAMES = namesOf("https://app.test/");
const LOCK = NAMES.ownerLock("session");

describe("an owner that does not answer", () => {
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

  /** A page that owns the session and answers from the nth question on. */
  function owner(answersFrom: number): {
    readonly page: Realm;
    readonly questions: () => number;
    readonly isRobbed: () => boolean;
  } {
    const page = browser.open("page");
    let questions = 0;
    let isRobbed = false;
    page.run(() => {
      const channel = new BroadcastChannel(LOCK);
      channel.onmessage = ({ data }) => {
        if (data.say !== "who-owns") return;
        questions += 1;
        if (questions >= answersFrom) channel.postMessage({ say: "mine" });
      };
      navigator.locks
        .request(LOCK, () => new Promise(() => {}))
        .catch(() => {
          isRobbed = true;
        });
    });
    return { page, questions: () => questions, isRobbed: () => isRobbed };
  }

  function observer() {
    const heard: string[] = [];
    const page = browser.open("page");
    const ownership = page.run(
      () =>
        new Ownership({
          names: NAMES,
          identifier: "session",
          onBusy: "observe",
          isThorough: false,
          onPromotion: () => void heard.push("promotion"),
          onLoss: () => void heard.push("loss"),
          onGiveWay: () => void heard.push("give way"),
        }),
    );
    return { page, ownership, heard };
  }

  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      await macrotasks(10);
      await vi.advanceTimersByTimeAsync(100);
    }
    await macrotasks(20);
  }

  /** An observer that is about to steal the session: its last question is open. */
  async function lastQuestion() {
    const silent = owner(Number.POSITIVE_INFINITY);
    await macrotasks(5);
    const watching = observer();
    const claimed = watching.page.run(() => watching.ownership.claim());
    // The one at the claim, the one of five seconds, and the last.
    for (let turn = 0; turn < 100 && silent.questions() < 3; turn += 1) await pass(100);
    await claimed;
    expect([silent.isRobbed(), watching.ownership.role]).toEqual([false, "observer"]);
    return { silent, watching };
  }

  it("loses the session", async () => {
    const { silent, watching } = await lastQuestion();
    await pass(1_000);
    expect(silent.isRobbed()).toBe(true);
    expect([watching.ownership.role, watching.heard]).toEqual(["owner", ["promotion"]]);
  });

  it("keeps it if it answers the last question", async () => {
    const late = owner(3);
    await macrotasks(5);
    const { page, ownership, heard } = observer();
    void page.run(() => ownership.claim());
    await pass(8_000);
    expect(late.questions()).toBeGreaterThanOrEqual(3);
    expect([late.isRobbed(), ownership.role, heard]).toEqual([false, "observer", []]);
  });

  it("is not robbed by a session that was closed meanwhile", async () => {
    const { silent, watching } = await lastQuestion();
    await Promise.all([watching.page.run(() => watching.ownership.release()), pass(2_000)]);
    expect(silent.isRobbed()).toBe(false);
  });

  it("and dies meanwhile leaves the session to the next one, which does not steal it from itself", async () => {
    const { silent, watching } = await lastQuestion();
    browser.kill(silent.page);
    await pass(8_000);
    expect([watching.ownership.role, watching.heard]).toEqual(["owner", ["promotion"]]);
  });
});
