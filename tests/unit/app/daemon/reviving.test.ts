import { afterEach, describe, expect, it } from "vitest";
import { BackgroundSession } from "../../../../src/app/index.ts";
import { createTestWorld, type TestWorld } from "../../../../src/testing/index.ts";

/** Much shorter than the time after which a silent worker is spoken to in any case. */
const AT_ONCE_MS = 5_000;

describe("a page whose worker dies in the middle of a transfer", () => {
  let world: TestWorld;
  let messages = 0;
  /** How many messages the worker had been sent at each look whether a newer one waits. */
  let looks: number[] = [];
  afterEach(() => world.close());

  /** @param waiting a newer worker, which waits for this one to be gone */
  async function die(waiting: object | null): Promise<void> {
    world = createTestWorld();
    let registration: object = {};
    const session = await world.load(async () => {
      const found = (await navigator.serviceWorker.getRegistration()) as ServiceWorkerRegistration;
      registration = found;
      const active = found.active as ServiceWorker;
      const post = active.postMessage.bind(active) as (...message: unknown[]) => void;
      Object.assign(active, {
        postMessage: (...message: unknown[]) => {
          messages += 1;
          post(...message);
        },
      });
      return BackgroundSession.open("s", { serviceWorker: found });
    });
    await session.downloadTask("https://app.test/file").resume();
    await world.settled();
    looks = [];
    Object.defineProperty(registration, "waiting", {
      get: () => {
        looks.push(messages);
        return waiting;
      },
    });
    messages = 0;
    await world.killWorker();
  }

  it("starts it again at once", async () => {
    await die(null);
    await world.advance(AT_ONCE_MS);
    expect(messages).toBeGreaterThan(0);
  });

  it("starts it again only at a second look if a newer one waits: that may take over, or wait for long", async () => {
    await die({ state: "installed" });
    await world.advance(AT_ONCE_MS);
    expect(looks.slice(0, 2)).toEqual([0, 0]);
    expect(messages).toBeGreaterThan(0);
  });
});
