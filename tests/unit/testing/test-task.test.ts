import { describe, expect, it } from "vitest";
import { SessionError } from "../../../src/app/index.ts";
import { createTestTask } from "../../../src/testing/index.ts";

describe("a test task", () => {
  it("is a new download unless something else is said", () => {
    const task = createTestTask();
    expect(task).toMatchObject({ kind: "download", state: "suspended", activity: "none", attempts: 0 });
    expect(task.progress.fraction).toBeUndefined();
    expect(createTestTask().id).not.toBe(task.id);
  });

  it("shows the facts that it was given, in its snapshot too", () => {
    const task = createTestTask({
      id: "42",
      description: "Episode 42",
      state: "running",
      request: "https://app.test/42.mp3",
      countOfBytesReceived: 25,
      countOfBytesExpectedToReceive: 100,
    });
    expect(task.originalRequest.url).toBe("https://app.test/42.mp3");
    expect(task.info).toMatchObject({ id: "42", description: "Episode 42", activity: "transferring" });
    expect(task.info.progress.fraction).toBe(0.25);
    expect(task.info).toBe(task.info);
  });

  it("has completed with a file, a response or an error", async () => {
    const file = new File(["sound"], "42.mp3");
    const download = createTestTask({ file, response: { status: 200, headers: { etag: '"1"' } } });
    expect(download.state).toBe("completed");
    expect(download.response?.headers.get("etag")).toBe('"1"');
    expect((await download.completed).file).toBe(file);
    const data = createTestTask({ kind: "data", response: new Response("body", { status: 404 }) });
    expect(data.response).toMatchObject({ ok: false, status: 404 });
    expect(await (await data.completed).response?.text()).toBe("body");
    expect(await (await data.completed).response?.text()).toBe("body");
    const failed = createTestTask({ error: "timed-out" });
    expect(failed.error).toBeInstanceOf(SessionError);
    expect((await failed.completed).error?.code).toBe("timed-out");
  });

  it("changes as a task of a session does", async () => {
    const task = createTestTask();
    await expect(task.resume()).resolves.toEqual({ inserted: true });
    expect(task.state).toBe("running");
    await task.suspend();
    expect(task.state).toBe("suspended");
    task.description = "new";
    expect(task.info.description).toBe("new");
    expect(() => {
      task.priority = 2;
    }).toThrow(TypeError);
    await task.cancel();
    expect(task.state).toBe("completed");
    expect((await task.completed).error?.code).toBe("cancelled");
  });
});
