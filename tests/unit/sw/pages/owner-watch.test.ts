import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PagePresence } from "../../../../src/protocol/commands.ts";
import { OwnerWatch } from "../../../../src/sw/pages/owner-watch.ts";
import { Presence } from "../../../../src/sw/pages/presence.ts";
import type { DaemonHost } from "../../../../src/sw/ports/daemon-host.ts";
import { takeClock } from "../../../support/clock.ts";

describe("whether a session has a live owner", () => {
  beforeEach(() => takeClock());
  afterEach(() => void vi.useRealTimers());

  /** @param pages how many windows of the app the browser lists */
  function watching(pages: number) {
    const browser = { isLocked: false };
    const now = () => Date.now();
    const presence = new Presence(now);
    const host = {
      now,
      askForPresence: async () => pages,
      isOwnerLocked: async () => browser.isLocked,
    } as unknown as DaemonHost;
    const watch = new OwnerWatch(host, presence);
    let answer: boolean | undefined;
    void watch.isOwned("session").then((isOwned) => {
      answer = isOwned;
    });
    const claim = (session: string): void => {
      const says: PagePresence = {
        isVisible: true,
        hasNetworkReturned: false,
        isLeaving: false,
        owns: [session],
      };
      presence.update("page", says);
    };
    return { browser, watch, claim, answer: () => answer };
  }

  it("none if no page is open and nobody holds its lock", async () => {
    const { answer } = watching(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(answer()).toBe(false);
  });

  it("a page that takes it over within a moment is waited for", async () => {
    const { browser, claim, answer } = watching(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(answer()).toBeUndefined();
    browser.isLocked = true;
    claim("session");
    await vi.advanceTimersByTimeAsync(200);
    expect(answer()).toBe(true);
  });

  it("a lock alone proves nothing: its holder may be frozen, and a page may own another session", async () => {
    const { browser, claim, answer } = watching(1);
    browser.isLocked = true;
    claim("other");
    await vi.advanceTimersByTimeAsync(4_000);
    expect(answer()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(answer()).toBe(false);
  });
});
