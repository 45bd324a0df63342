import { afterEach, describe, expect, it } from "vitest";
import { BackgroundSession } from "../../../../src/app/index.ts";
import { createTestWorld, type TestWorld } from "../../../../src/testing/index.ts";

/** Much shorter than the time after which a silent worker is spoken to in any case. */
const AT_ONCE_MS = 5_000;

describe("a page whose worker dies in the middle of a transfer", () => {
  let world: TestWorld;
  let messages = 0;
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
    Object.assign(registration, { waiting });
    messages = 0;
    await world.killWorker();
    await world.advance(AT_ONCE_MS);
  }

  it("starts it again at once", async () => {
    await die(null);
    expect(messages).toBeGreaterThan(0);
  });

  it("does not start it again if a newer one waits to take its place", async () => {
    await die({ state: "installed" });
    expect(messages).toBe(0);
  });
});
