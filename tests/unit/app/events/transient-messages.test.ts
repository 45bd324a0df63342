import { afterEach, describe, expect, it } from "vitest";
import type { BackgroundTask, SessionDelegate } from "../../../../src/app/index.ts";
import { createTestWorld, type TestWorld } from "../../../../src/testing/index.ts";

describe("what a delegate is told of tasks that go on", () => {
  let world: TestWorld;
  afterEach(() => world.close());

  /** Notes what the delegate is told, with the count of bytes at that moment. */
  function noting(heard: string[]): SessionDelegate {
    return {
      didWriteData: (task) => void heard.push(`wrote ${task.countOfBytesReceived}`),
      didSendBodyData: (task) => void heard.push(`sent ${task.countOfBytesSent}`),
      isWaitingForConnectivity: (task) => void heard.push(`waits ${task.id}`),
      didResumeAtOffset: (_, offset) => void heard.push(`resumed at ${offset}`),
      didComplete: () => void heard.push("complete"),
    };
  }

  async function begin(heard: string[]): Promise<BackgroundTask> {
    world = createTestWorld();
    const session = await world.open("s", { delegate: noting(heard) });
    const task = session.downloadTask("https://app.test/file", { id: "file" });
    await task.resume();
    await world.settled();
    return task;
  }

  it("the bytes as they come, and none after the end", async () => {
    const heard: string[] = [];
    const task = await begin(heard);
    await world.progress(task, 3, 9);
    await world.progress(task, 2);
    expect(heard).toEqual(["wrote 3", "wrote 5"]);
    await world.finish(task, 200);
    expect(heard.slice(2)).toEqual(["wrote 9", "complete"]);
    await world.advance(10_000);
    expect(heard).toHaveLength(4);
  });

  it("once that there is no network, and where the download goes on", async () => {
    const heard: string[] = [];
    const task = await begin(heard);
    await world.progress(task, 3, 9);
    await world.goOffline();
    await world.advance(30_000);
    expect(heard).toEqual(["wrote 3", "waits file"]);
    await world.goOnline();
    await world.finish(task, 200);
    expect(heard.slice(2)).toEqual(["resumed at 3", "wrote 9", "complete"]);
  });
});
