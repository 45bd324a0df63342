import { afterEach, describe, expect, it } from "vitest";
import type { BackgroundSession, BackgroundTask } from "../../../../src/app/index.ts";
import { tus } from "../../../../src/sw/uploads/tus/index.ts";
import { createTestWorld, type TestWorld } from "../../../../src/testing/index.ts";

const BODY = "precious";

describe("a task whose body is gone", () => {
  let world: TestWorld;
  let session: BackgroundSession;
  afterEach(() => world.close());

  async function open(): Promise<void> {
    world = createTestWorld({ uploadProtocols: [tus] });
    session = await world.open("s", { delegate: {} });
  }

  /** How each task got to its end, after which its body is not kept. */
  const ENDS: [string, () => Promise<BackgroundTask>][] = [
    ["an upload that has succeeded", () => uploaded({}, (task) => world.finish(task, 200))],
    ["an upload that was cancelled", () => uploaded({}, (task) => task.cancel())],
    ["a form that was cancelled", () => uploaded({ isForm: true }, (task) => task.cancel())],
    ["a tus upload that was cancelled", () => uploaded({ protocol: "tus" }, (task) => task.cancel())],
    ["resume data that were taken up before", () => taken()],
  ];

  async function uploaded(
    { isForm = false, ...options }: { isForm?: boolean; protocol?: "tus" },
    end: (task: BackgroundTask) => Promise<unknown>,
  ): Promise<BackgroundTask> {
    const form = new FormData();
    form.set("file", new File([BODY], "a.txt"));
    const task = session.uploadTask("/upload", isForm ? form : new Blob([BODY]), options);
    await task.resume();
    await world.settled();
    await end(task);
    await world.settled();
    return task;
  }

  async function taken(): Promise<BackgroundTask> {
    const task = session.uploadTask("/upload", new Blob([BODY]), { protocol: "tus" });
    await task.resume();
    await world.settled();
    const resumeData = await world.until(task.cancelByProducingResumeData());
    if (resumeData === undefined) throw new Error("there are no resume data");
    await session.uploadTask({ resumeData }).resume();
    await world.settled();
    const second = session.uploadTask({ resumeData });
    await second.resume();
    return second;
  }

  it.each(ENDS)("is never sent without it, however often it is retried: %s", async (_, end) => {
    await open();
    let task = await end();
    for (let retry = 1; retry <= 3; retry += 1) {
      task = session.retry(task);
      await task.resume();
      await world.settled();
      expect([task.state, task.error?.code]).toEqual(["completed", "file-missing"]);
    }
  });
});
