import { TestWorld, type TestWorldOptions } from "./test-world.ts";

let current: TestWorld | undefined;

/**
 * Returns a world for a test in Node, alone or with jsdom or happy-dom: the library's own page, daemon and store,
 * surrounded by a network, a clock, a disk and a browser that do what the test says. Until `close()`, timers and dates
 * follow the world's clock, and `indexedDB` is an empty one.
 * @throws Error if the world of another test is still open
 * @example
 * const world = createTestWorld();
 * const session = await world.open("com.example.podcasts", { delegate });
 * const task = session.downloadTask("/episodes/42.mp3");
 * await task.resume();
 * await world.finish(task, 200, "sound");
 * await world.close();
 */
export function createTestWorld(options: TestWorldOptions = {}): TestWorld {
  if (current !== undefined)
    throw new Error("A test world is open already. Call `await world.close()` after each test.");
  const { handleEventsForBackgroundSession: handler } = options;
  if (handler !== undefined && typeof handler !== "function")
    throw new TypeError("handleEventsForBackgroundSession must be a function.");
  current = new TestWorld(options, () => {
    current = undefined;
  });
  return current;
}
