import { afterEach, describe, expect, it } from "vitest";
import { BackgroundSession, type SessionDelegate } from "../../../../src/app/index.ts";
import { createTestWorld, type TestWorld } from "../../../../src/testing/index.ts";

/** A launch may take as long as an event of the worker may be open (L6). */
const LAUNCH_MS = 150_000;

describe("a background launch", () => {
  let world: TestWorld;
  let launches: number;
  let heard: string[];
  afterEach(() => world.close());

  /** Two tasks have ended while no page is open. @param onComplete gets the completion handler of the launch */
  async function launchFor(
    onComplete: (complete: () => void) => void,
    isForgetful: () => boolean = () => false,
    beforeOpening: () => Promise<void> = async () => {},
  ): Promise<void> {
    launches = 0;
    heard = [];
    world = createTestWorld({
      async handleEventsForBackgroundSession(identifier, complete) {
        launches += 1;
        const delegate: SessionDelegate = {
          didComplete: (task) => {
            heard.push(task.id);
            onComplete(complete);
          },
          didFinishEvents: () => {
            heard.push("all");
            if (!isForgetful()) complete();
          },
          didBecomeInvalid: () => void heard.push("invalid"),
        };
        await beforeOpening();
        await BackgroundSession.open(identifier, { delegate });
      },
    });
    const session = await world.open("s");
    const tasks = ["a", "b"].map((id) => session.dataTask(`https://app.test/${id}`, { id }));
    for (const task of tasks) await task.resume();
    await world.killPage();
    for (const task of tasks) await world.finish(task);
  }

  it("whose handler is called early ends at once, without didFinishEvents, and the next wake brings the rest", async () => {
    await launchFor((complete) => complete());
    await world.advance(10_000);
    // Nothing launches the app in a loop.
    expect(launches).toBe(1);
    expect(heard).toEqual(["a", "invalid"]);
    await world.relaunch();
    expect(launches).toBe(2);
    expect(heard).toEqual(["a", "invalid", "b", "invalid"]);
    await world.relaunch();
    expect(launches).toBe(2);
  });

  it("of an app that never calls its handler ends after 150 s, and the next wake tries again", async () => {
    let isForgetful = true;
    await launchFor(
      () => {},
      () => isForgetful,
    );
    await world.advance(LAUNCH_MS - 20_000);
    expect([launches, heard]).toEqual([1, ["a", "b", "all"]]);
    await world.advance(20_000);
    expect([launches, heard]).toEqual([1, ["a", "b", "all", "invalid"]]);
    expect(String(world.errors)).toContain("did not call the completion handler");
    isForgetful = false;
    await world.relaunch();
    expect([launches, heard]).toEqual([2, ["a", "b", "all", "invalid", "all", "invalid"]]);
    await world.relaunch();
    expect(launches).toBe(2);
  });

  it("of an app that opens its session too late is made again at the next wake", async () => {
    let isSlow = true;
    await launchFor(
      () => {},
      () => false,
      async () => {
        if (isSlow) await new Promise((resolve) => setTimeout(resolve, LAUNCH_MS + 10_000));
      },
    );
    await world.advance(LAUNCH_MS + 20_000);
    // What it opened is an ordinary session of the worker, which may be the owner.
    expect([launches, heard.slice(0, 3)]).toEqual([1, ["a", "b", "all"]]);
    expect(String(world.errors)).toContain("did not call the completion handler");
    isSlow = false;
    await world.relaunch();
    expect(launches).toBe(2);
    await world.relaunch();
    expect(launches).toBe(2);
  });
});
