import { afterEach, describe, expect, it } from "vitest";
import { BackgroundSession, type BackgroundTask } from "../../../../src/app/index.ts";
import { createTestWorld, type TestWorld } from "../../../../src/testing/index.ts";
import { macrotasks } from "../../../support/fake-world.ts";

/** What a page asks the browser for: a sync event, which wakes the worker when the page is gone (W3). */
describe("a page asks for a sync event", () => {
  let world: TestWorld;
  let asked = 0;
  /** Fulfils when the browser has recorded the request. */
  let recorded = Promise.resolve();
  afterEach(() => world.close());

  async function open(): Promise<BackgroundSession> {
    world = createTestWorld();
    asked = 0;
    recorded = Promise.resolve();
    return world.load(async () => {
      const registration = (await navigator.serviceWorker.getRegistration()) as ServiceWorkerRegistration;
      const register = async (): Promise<void> => {
        asked += 1;
        await recorded;
      };
      Object.assign(registration, { sync: { register } });
      return BackgroundSession.open("s", { serviceWorker: registration });
    });
  }

  /** Whether `resume()` fulfils only after the browser has recorded the request. */
  async function waitsForRecord(task: BackgroundTask): Promise<boolean> {
    let record = (): void => {};
    recorded = new Promise((resolve) => {
      record = resolve;
    });
    const before = asked;
    let isResumed = false;
    const resumed = task.resume().then(() => {
      isResumed = true;
    });
    // The page waits for the browser no longer than a second: no time passes here.
    for (let turn = 0; turn < 100 && asked === before; turn += 1) await macrotasks(10);
    expect(asked).toBe(before + 1);
    await macrotasks(100);
    const wasResumed = isResumed;
    record();
    await world.until(resumed);
    return !wasResumed;
  }

  it("before resume() fulfils, for a new task and for one that is on disk", async () => {
    const session = await open();
    const task = session.downloadTask("https://app.test/new");
    expect(await waitsForRecord(task)).toBe(true);
    await world.until(task.suspend());
    expect(await waitsForRecord(task)).toBe(true);
  });

  it("when it leaves with work, and not without", async () => {
    await open();
    await world.reload();
    expect(asked).toBe(0);
    const [again] = (await world.reload()) as BackgroundSession[];
    const task = again?.downloadTask("https://app.test/x") as BackgroundTask;
    await world.until(task.resume());
    expect(asked).toBe(1);
    await world.reload();
    expect(asked).toBe(2);
  });
});
