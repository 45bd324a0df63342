import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DaemonLink } from "../../../../src/app/daemon/daemon-link.ts";
import { greet } from "../../../../src/app/daemon/handshake.ts";
import { type Greeting, PROTOCOL, type VersionRange } from "../../../../src/protocol/versions.ts";
import { FakeBrowser } from "../../../../src/testing/fake-browser.ts";
import { takeClock } from "../../../support/clock.ts";
import { macrotasks } from "../../../support/fake-world.ts";

const OLDER: VersionRange = { min: PROTOCOL.min - 1, max: PROTOCOL.min - 1 };
const NEWER: VersionRange = { min: PROTOCOL.max + 1, max: PROTOCOL.max + 1 };

describe("a page that says hello to a worker", () => {
  const browser = new FakeBrowser();
  beforeEach(() => {
    takeClock();
    browser.install();
  });
  afterEach(() => {
    browser.uninstall();
    vi.useRealTimers();
  });

  /** A worker that speaks these versions. */
  function worker(versions: VersionRange) {
    let hellos = 0;
    return {
      hellos: () => hellos,
      scriptURL: "https://app.test/sw.js",
      addEventListener: () => {},
      postMessage: (_: unknown, [port]: { postMessage(data: unknown): void }[]) => {
        hellos += 1;
        port?.postMessage({ isOk: true, value: { versions, keepsOrder: true } satisfies Greeting });
      },
    };
  }

  /** @param next the worker that an update brings */
  async function hello(active: ReturnType<typeof worker>, next: ReturnType<typeof worker> | undefined) {
    const registration = {
      scope: "https://app.test/",
      active,
      installing: null,
      waiting: null,
      update: vi.fn(async () => {
        if (next !== undefined) registration.active = next;
      }),
    };
    const page = browser.open("page");
    let answer: unknown;
    const greeted = page.run(() =>
      greet(DaemonLink.to(registration as never), "session").catch((error: unknown) => error),
    );
    void greeted.then((value) => {
      answer = value;
    });
    for (let turn = 0; turn < 300 && answer === undefined; turn += 1) {
      await macrotasks(5);
      await vi.advanceTimersByTimeAsync(100);
    }
    return { answer, updates: registration.update.mock.calls.length };
  }

  it("of its version has its answer", async () => {
    const { answer, updates } = await hello(worker(PROTOCOL), undefined);
    expect([answer, updates]).toEqual([{ versions: PROTOCOL, keepsOrder: true }, 0]);
  });

  it("that is newer fails with page-outdated, and looks for no update", async () => {
    const { answer, updates } = await hello(worker(NEWER), worker(PROTOCOL));
    expect(answer).toMatchObject({ code: "page-outdated" });
    expect(updates).toBe(0);
  });

  it("that is older says it once more to the worker that an update brings", async () => {
    const next = worker(PROTOCOL);
    const { answer, updates } = await hello(worker(OLDER), next);
    expect([answer, updates]).toEqual([{ versions: PROTOCOL, keepsOrder: true }, 1]);
    expect(next.hellos()).toBe(1);
  });

  it.each([
    ["brings nothing", undefined],
    ["brings one that is older too", worker(OLDER)],
  ])("that is older fails with daemon-outdated if the update %s", async (_, next) => {
    const { answer, updates } = await hello(worker(OLDER), next);
    expect(answer).toMatchObject({ code: "daemon-outdated" });
    expect(updates).toBe(1);
  });
});
