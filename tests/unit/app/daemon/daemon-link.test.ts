import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DaemonLink } from "../../../../src/app/daemon/daemon-link.ts";
import { FakeBrowser } from "../../../../src/testing/fake-browser.ts";
import { macrotasks } from "../../../support/fake-world.ts";

describe("a page whose service worker is not ours", () => {
  const browser = new FakeBrowser();
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
    browser.install();
  });
  afterEach(() => {
    browser.uninstall();
    vi.useRealTimers();
  });

  it.each([undefined, null, "pong", 7, []])("does not take %j for an answer", async (rubbish) => {
    const page = browser.open("page");
    const registration = {
      scope: "https://app.test/",
      active: {
        postMessage: (_: unknown, [port]: { postMessage(data: unknown): void }[] = []) =>
          port?.postMessage(rubbish),
      },
    };
    const link = page.run(() => DaemonLink.to(registration as never));
    const answer = page.run(() => link.request({ type: "configured", session: "session" }, 1_000));
    const failed = expect(answer).rejects.toMatchObject({ code: "daemon-missing" });
    for (let turn = 0; turn < 20; turn += 1) {
      await macrotasks(3);
      await vi.advanceTimersByTimeAsync(200);
    }
    await failed;
  });
});
