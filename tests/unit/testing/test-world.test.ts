import { afterEach, describe, expect, it } from "vitest";
import { BackgroundSession } from "../../../src/app/index.ts";
import { createTestWorld, type TestWorld, type TestWorldOptions } from "../../../src/testing/index.ts";

let world: TestWorld;
const open = (options?: TestWorldOptions): TestWorld => {
  world = createTestWorld(options);
  return world;
};
afterEach(() => world?.close());

/** An app that notes what its delegate hears. */
function app() {
  const heard: string[] = [];
  const delegate = {
    async didFinishDownloading(task: { id: string }, file: File) {
      heard.push(`file ${task.id} ${await file.text()}`);
    },
    didComplete(task: { id: string }, error: { code: string } | undefined) {
      heard.push(`complete ${task.id} ${error?.code ?? "well"}`);
    },
  };
  return { heard, delegate };
}

describe("a test world", () => {
  it("delivers the file, then the end, once each", async () => {
    const { heard, delegate } = app();
    const session = await open().open("podcasts", { delegate });
    const task = session.downloadTask("https://app.test/42.mp3", { id: "42" });
    void task.resume();
    await world.finish(task, 200, "hello");
    expect(heard).toEqual(["file 42 hello", "complete 42 well"]);
    await world.reload();
    expect(heard).toHaveLength(2);
  });

  it("calls a completion handler with the result and the context", async () => {
    const calls: unknown[] = [];
    const completionHandlers = {
      saved: async ({ response }: { response?: Response | undefined }, context: unknown) =>
        void calls.push(await response?.text(), context),
    };
    const session = await open().open("s", { completionHandlers });
    const task = session.dataTask("https://app.test/x", {
      completion: { handler: "saved", context: { n: 1 } },
    });
    void task.resume();
    await world.finish(task, 200, "body");
    expect(calls).toEqual(["body", { n: 1 }]);
  });

  it("launches the app for what ended while there was no page", async () => {
    const { heard, delegate } = app();
    open({
      launch: async (identifier, completionHandler) => {
        await BackgroundSession.open(identifier, {
          delegate: {
            ...delegate,
            didFinishEvents() {
              heard.push("finished");
              completionHandler();
            },
          },
        });
      },
    });
    const session = await world.open("s", { delegate });
    const task = session.downloadTask("https://app.test/x", { id: "x" });
    await task.resume();
    await world.killPage();
    await world.finish(task, 200, "y");
    await world.relaunch();
    expect(heard).toEqual(["file x y", "complete x well", "finished"]);
  });

  it("gives a reloaded page what it missed", async () => {
    const { heard, delegate } = app();
    const session = await open().open("s", { delegate });
    const task = session.downloadTask("https://app.test/x", { id: "x" });
    await task.resume();
    await world.killPage();
    await world.finish(task, 200, "y");
    expect(heard).toEqual([]);
    await world.reload();
    expect(heard).toEqual(["file x y", "complete x well"]);
  });

  it("ends a cancelled task with its error, and a failed one with the code", async () => {
    const { heard, delegate } = app();
    const session = await open().open("s", { delegate });
    const [a, b] = ["a", "b"].map((id) => session.downloadTask(`https://app.test/${id}`, { id }));
    await a?.resume();
    await b?.resume();
    await a?.cancel();
    await world.settled();
    await world.fail(b as never, "bad-response");
    expect(heard).toEqual(["complete a cancelled", "complete b bad-response"]);
  });

  it("tries again after a lost connection", async () => {
    const { heard, delegate } = app();
    const session = await open().open("s", { delegate });
    const task = session.downloadTask("https://app.test/x", { id: "x" });
    await task.resume();
    await world.fail(task);
    await world.advance(60_000);
    await world.progress(task, 4, 8);
    expect(task.countOfBytesReceived).toBe(4);
    await world.finish(task, 200, "rest");
    expect(heard).toEqual(["file x \0\0\0\0rest", "complete x well"]);
  });

  it("says what is wrong if it is misused", async () => {
    const session = await open().open("s");
    const task = session.downloadTask("https://app.test/x");
    await expect(world.finish(task)).rejects.toThrow("Did the app call resume()?");
    await expect(world.fail(task, "no-code" as never)).rejects.toThrow(TypeError);
    await expect(world.advance(-1)).rejects.toThrow(TypeError);
    expect(() => createTestWorld()).toThrow("one at a time");
    await world.close();
    await expect(world.settled()).rejects.toThrow("closed");
  });
});
