import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type OwnersAnswer, RollCall } from "../../../../src/app/ownership/roll-call.ts";
import { FakeBrowser } from "../../../../src/testing/fake-browser.ts";
import { takeClock } from "../../../support/clock.ts";
import { macrotasks } from "../../../support/fake-world.ts";

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

it.each([
  [500, 1, "none"],
  [60_000, 2, "mine"],
] as const)(
  "after a silence of %d ms, the owner has been asked %d times: %s",
  async (silenceMs, count, answer) => {
    const [page, owner] = [browser.open("page"), browser.open("page")];
    let questions = 0;
    owner.run(() => {
      const channel = new BroadcastChannel("session");
      channel.onmessage = ({ data }) => {
        if (data.say === "who-owns") questions += 1;
        // The first answer is lost.
        if (questions === 2) channel.postMessage({ say: "mine" });
      };
    });
    let said: OwnersAnswer | undefined;
    const call = page.run(() => new RollCall({ name: "session", isOwner: () => false, onGiveWay: () => {} }));
    void page
      .run(() => call.ask(500))
      .then((word) => {
        said = word;
      });
    await macrotasks(5);
    // A page that was frozen has slept through the time in which it waited.
    vi.setSystemTime(Date.now() + silenceMs - 500);
    await vi.advanceTimersByTimeAsync(500);
    await macrotasks(10);
    expect([questions, said]).toEqual([count, answer]);
    call.close();
  },
);
