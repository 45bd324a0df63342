import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DaemonLink } from "../../../../src/app/daemon/daemon-link.ts";
import { namesOf } from "../../../../src/protocol/names.ts";
import { FakeBrowser } from "../../../../src/testing/fake-browser.ts";
import { macrotasks } from "../../../support/fake-world.ts";

const browser = new FakeBrowser();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  browser.install();
});
afterEach(() => {
  browser.uninstall();
  vi.useRealTimers();
});

describe("a page whose service worker is not ours", () => {
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

describe("a page whose worker dies with a command", () => {
  it("sends it again as soon as the next daemon says that it has started", async () => {
    const scope = "https://app.test/";
    const page = browser.open("page");
    const worker = browser.open("worker");
    const ports: { postMessage(data: unknown): void }[] = [];
    // Only the second one is answered.
    const postMessage = (_: unknown, [port]: typeof ports = []): void => {
      if (port !== undefined && ports.push(port) === 2) port.postMessage({ isOk: true, value: "done" });
    };
    const registration = { scope, active: { postMessage } };
    const ignore = (): void => {};
    const session = {
      identifier: "session",
      hasWork: true,
      isOwner: true,
      onNotice: ignore,
      onRest: ignore,
      onReturn: async () => {},
      onMoved: ignore,
      onLost: ignore,
      onSilence: ignore,
      onDataLost: ignore,
    };
    const link = page.run(() => DaemonLink.to(registration as never));
    page.run(() => link.join(session));
    let answer: unknown;
    void page
      .run(() => link.request({ type: "configured", session: "session" }))
      .then((value) => {
        answer = value;
      });
    await macrotasks(10);
    expect(ports).toHaveLength(1);
    worker.run(() => new BroadcastChannel(namesOf(scope).notices).postMessage({ type: "daemon-started" }));
    // Less than the time after which it is sent again in any case.
    for (let turn = 0; turn < 10; turn += 1) {
      await macrotasks(5);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(answer).toBe("done");
    page.run(() => link.leave(session));
  });
});
