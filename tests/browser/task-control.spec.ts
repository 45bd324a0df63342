import { expect, test } from "../support/fixtures.ts";
import { activityOf, liveTask, receivedBytes } from "../support/live-task.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFailure, expectFile } from "../support/task-end.ts";

const PATH = "/files/2MB.bin";
const SIZE = 2_000_000;
const SLOW = `${PATH}?throttle=1MB`;

test("a task that was never resumed sends nothing", async ({ page, site }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    session.downloadTask("/files/2MB.bin", { id: "rests" });
  });
  await startDownload(page, "other", "/files/100KB.bin");
  await endOf(page, "other");
  expect((await liveTask(page, "rests"))?.state).toBe("suspended");
  expect(site.requests(PATH)).toEqual([]);
});

test("suspend() of a task that was never resumed fulfils when it is on disk, and one resume() of the next page starts it", async ({
  page,
  site,
}) => {
  const rows = await page.evaluate(async () => {
    const session = await app.open();
    // Storing it takes a while.
    const body = new Blob(Array(50).fill(new Uint8Array(1_000_000)));
    await session.uploadTask("/echo", body, { id: "held" }).suspend();
    return (await app.rows("tasks")).map(({ id, state }) => [id, state]);
  });
  expect(rows).toEqual([["held", "suspended"]]);
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  expect(site.requests("/echo")).toEqual([]);
  await page.evaluate(async () => void (await (await app.open()).task("held")?.resume()));
  expect(await endOf(page, "held", 60_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
});

test("a suspended download releases its connection and resumes where it was", { tag: "@core" }, async ({
  page,
  site,
}) => {
  await startDownload(page, "pause", SLOW);
  await receivedBytes(page, "pause", 500_000);
  await page.evaluate(async () => app.BackgroundSession.current("test")?.task("pause")?.suspend());
  expect(await liveTask(page, "pause")).toMatchObject({ state: "suspended", activity: "none" });
  await expect.poll(() => site.requests(PATH)[0]?.aborted).toBe(true);
  await startDownload(page, "other", "/files/100KB.bin");
  await endOf(page, "other");
  expect(site.requests(PATH)).toHaveLength(1);

  await page.evaluate(
    async () => void (await app.BackgroundSession.current("test")?.task("pause")?.resume()),
  );
  await expectFile(page, "pause", await site.sha256(PATH));
  const [, offset = 0, ...others] = rangesAsked(site, PATH);
  expect(others).toEqual([]);
  expect(offset).toBeGreaterThanOrEqual(500_000);
  expect(site.bytesSent(PATH)).toBe((site.requests(PATH)[0]?.bodyBytesSent ?? 0) + SIZE - offset);
});

test("suspend and resume nest", async ({ page, site }) => {
  await startDownload(page, "nested", SLOW);
  const states = await page.evaluate(async () => {
    const task = app.BackgroundSession.current("test")?.task("nested");
    await task?.suspend();
    await task?.suspend();
    await task?.resume();
    const once = task?.state;
    await task?.resume();
    return [once, task?.state];
  });
  expect(states).toEqual(["suspended", "running"]);
  await page.evaluate(
    async () => void (await app.BackgroundSession.current("test")?.task("nested")?.resume()),
  );
  await expectFile(page, "nested", await site.sha256(PATH));
});

test("a task that is suspended and resumed again and again ends in the file", async ({ page, site }) => {
  await startDownload(page, "flicker", SLOW);
  await page.evaluate(async () => {
    const task = app.BackgroundSession.current("test")?.task("flicker");
    for (let n = 0; n < 10; n++) {
      void task?.suspend();
      void task?.resume();
      if (n % 3 === 0) await task?.suspend().then(() => task.resume());
    }
  });
  await expectFile(page, "flicker", await site.sha256(PATH));
});

test("a suspended task needs one resume() in the next page", async ({ page, site }) => {
  await startDownload(page, "kept", SLOW);
  await receivedBytes(page, "kept", 300_000);
  await page.evaluate(async () => {
    const task = app.BackgroundSession.current("test")?.task("kept");
    await task?.suspend();
    await task?.suspend();
  });
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  const state = await page.evaluate(async () => {
    const task = (await app.open()).task("kept");
    const before = task?.state;
    await task?.resume();
    return before;
  });
  expect(state).toBe("suspended");
  await expectFile(page, "kept", await site.sha256(PATH));
});

test.describe("cancel()", () => {
  const cancel = (id: string) => app.BackgroundSession.current("test")?.task(id)?.cancel();

  test("ends a task in the turn that made it", async ({ page, site }) => {
    await page.evaluate(async () => {
      const session = await app.open();
      const task = session.downloadTask("/files/2MB.bin?throttle=500KB", { id: "new" });
      void task.resume();
      await task.cancel();
    });
    await expectFailure(page, "new", "cancelled");
    expect(site.bytesSent(PATH)).toBeLessThan(SIZE);
  });

  test("ends a suspended task", async ({ page, site }) => {
    await page.evaluate(async () => {
      (await app.open()).downloadTask("/files/2MB.bin", { id: "suspended" });
    });
    await page.evaluate(cancel, "suspended");
    await expectFailure(page, "suspended", "cancelled");
    expect(site.requests(PATH)).toEqual([]);
  });

  test("ends a download in the middle and releases its connection", async ({ page, site }) => {
    await startDownload(page, "middle", SLOW);
    await receivedBytes(page, "middle", 300_000);
    await page.evaluate(cancel, "middle");
    await expectFailure(page, "middle", "cancelled");
    await expect.poll(() => site.requests(PATH)[0]?.aborted).toBe(true);
    expect(site.bytesSent(PATH)).toBeLessThan(SIZE);
  });

  test("ends a task that is backing off", async ({ page, site }) => {
    await startDownload(page, "busy", `${PATH}?status=503&retryAfter=60`);
    await activityOf(page, "busy", "backing-off");
    await page.evaluate(cancel, "busy");
    await expectFailure(page, "busy", "cancelled");
    expect(site.requests(PATH)).toHaveLength(1);
  });

  test("ends a task that waits for its date, for its turn or for the network", async ({ page, site }) => {
    await page.evaluate(async () => {
      const session = await app.open("test", { configuration: { httpMaximumConnectionsPerHost: 1 } });
      const earliestBeginDate = Date.now() + 3_600_000;
      await session.downloadTask("/files/2MB.bin", { id: "date", earliestBeginDate }).resume();
      await session.downloadTask("/files/2MB.bin?stall=1KB", { id: "first" }).resume();
      await session.downloadTask("/files/2MB.bin", { id: "turn", priority: 0 }).resume();
    });
    await activityOf(page, "date", "waiting-for-date");
    await activityOf(page, "turn", "waiting-for-turn");
    await page.evaluate(cancel, "date");
    await page.evaluate(cancel, "turn");
    await expectFailure(page, "date", "cancelled");
    await expectFailure(page, "turn", "cancelled");
    await site.goDown();
    await activityOf(page, "first", "waiting-for-network");
    await page.evaluate(cancel, "first");
    await expectFailure(page, "first", "cancelled");
    await site.comeBack();
    expect(site.requests(PATH)).toHaveLength(1);
  });

  test("leaves a finished task as it is", async ({ page, site }) => {
    const error = await page.evaluate(async () => {
      const session = await app.open();
      const task = session.downloadTask("/files/2MB.bin", { id: "done" });
      void task.resume();
      await task.completed;
      await task.cancel();
      await task.suspend();
      await task.resume();
      return { state: task.state, error: task.error?.code };
    });
    expect(error).toEqual({ state: "completed", error: undefined });
    await expectFile(page, "done", await site.sha256(PATH));
  });

  test("ends a task once, even if called twice", async ({ page }) => {
    await startDownload(page, "twice", SLOW);
    await page.evaluate(async () => {
      const task = app.BackgroundSession.current("test")?.task("twice");
      await Promise.all([task?.cancel(), task?.cancel()]);
      await task?.cancel();
    });
    await expectFailure(page, "twice", "cancelled");
  });
});

test("a signal cancels its task", async ({ page }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    const controller = new AbortController();
    await session
      .downloadTask("/files/2MB.bin?stall=1KB", { id: "signal", signal: controller.signal })
      .resume();
    controller.abort();
    await session.downloadTask("/files/2MB.bin", { id: "aborted", signal: AbortSignal.abort() }).resume();
  });
  await expectFailure(page, "signal", "cancelled");
  await expectFailure(page, "aborted", "cancelled");
});

test("a second task with the same id is the first one", async ({ page, site }) => {
  const inserted = await page.evaluate(async () => {
    const session = await app.open();
    const first = session.downloadTask("/files/2MB.bin", { id: "same", description: "first" });
    const second = session.downloadTask("/files/1MB.bin", { id: "same", description: "second" });
    const results = [await first.resume(), await second.resume()];
    return [...results.map(({ inserted }) => inserted), second.description];
  });
  expect(inserted).toEqual([true, false, "first"]);
  await expectFile(page, "same", await site.sha256(PATH));
  expect(site.requests("/files/1MB.bin")).toEqual([]);
});

test("a task that replaces another ends that one first", async ({ page, site }) => {
  await startDownload(page, "same", `${PATH}?stall=1MB`);
  await receivedBytes(page, "same", 500_000);
  const inserted = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const task = session?.downloadTask("/files/1MB.bin", { id: "same", onDuplicate: "replace" });
    return (await task?.resume())?.inserted;
  });
  expect(inserted).toBe(true);
  await expect.poll(async () => (await endOf(page, "same")).length).toBe(3);
  const noted = await endOf(page, "same");
  expect(noted).toEqual([
    expect.objectContaining({ type: "didComplete", error: "cancelled" }),
    expect.objectContaining({ type: "didFinishDownloading", sha256: await site.sha256("/files/1MB.bin") }),
    expect.objectContaining({ type: "didComplete", status: 200 }),
  ]);
  await expect.poll(() => site.requests(PATH)[0]?.aborted).toBe(true);
});

test("an id is free again once everything about its task has settled", async ({ page, site }) => {
  await startDownload(page, "again", "/files/1MB.bin");
  await expectFile(page, "again", await site.sha256("/files/1MB.bin"));
  await startDownload(page, "again", PATH);
  await expect.poll(async () => (await endOf(page, "again")).length).toBe(4);
  expect((await endOf(page, "again"))[2]?.sha256).toBe(await site.sha256(PATH));
});

test("the description and the priority of a task are changed, each by itself, for other tabs and for later", async ({
  browserApp,
  page,
  site,
}) => {
  const other = await browserApp.open(site.origin);
  await page.evaluate(async () => {
    const session = await app.open();
    const task = session.downloadTask("/files/1KB.bin", { id: "named", description: "before" });
    await task.suspend();
  });
  await other.evaluate(() => app.open());
  const shown = () =>
    other.evaluate(() => {
      const task = app.BackgroundSession.current("test")?.task("named");
      return [task?.description, task?.priority];
    });
  const set = (change: { description?: string; priority?: number }) =>
    page.evaluate((change) => {
      const task = app.BackgroundSession.current("test")?.task("named");
      if (task !== undefined) Object.assign(task, change);
      return [task?.description, task?.priority];
    }, change);
  expect(await shown()).toEqual(["before", 0.5]);
  expect(await set({ description: "after" })).toEqual(["after", 0.5]);
  await expect.poll(shown).toEqual(["after", 0.5]);
  await set({ priority: 0.9 });
  await expect.poll(shown).toEqual(["after", 0.9]);
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  const kept = await page.evaluate(async () => {
    const task = (await app.open()).task("named");
    const kept = [task?.description, task?.priority];
    if (task !== undefined) task.description = undefined;
    return kept;
  });
  expect(kept).toEqual(["after", 0.9]);
  await expect.poll(shown).toEqual([undefined, 0.9]);
});

test("why a task was cancelled is in its error, also for the page that comes after a reload", async ({
  page,
}) => {
  await page.evaluate(async () => {
    // Nobody takes the events yet.
    const session = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js" });
    const make = (id: string, signal?: AbortSignal) =>
      session.downloadTask("/files/2MB.bin?stall=1KB", { id, ...(signal && { signal }) });
    await make("plain").cancel();
    await make("with a reason").cancel("The user has logged out.");
    await make("cut").cancel("x".repeat(2_000));
    await make("resumable").cancelByProducingResumeData("the lift came");
    const [silent, saying, text] = [new AbortController(), new AbortController(), new AbortController()];
    const signals = { silent, saying, text };
    const tasks = Object.entries(signals).map(([id, { signal }]) => make(id, signal));
    await Promise.all(tasks.map((task) => task.resume()));
    silent.abort();
    saying.abort(new Error("left the page"));
    text.abort("as a string");
    const wrong = make("wrong");
    const thrown = await wrong.cancel({} as never).catch((error: Error) => error.name);
    if (thrown !== "TypeError") throw new Error(`An object as a reason: ${thrown}`);
    await wrong.cancel("");
    await Promise.all(tasks.map((task) => task.completed));
  });
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  const said = await page.evaluate(async () => {
    const said: Record<string, string | undefined> = {};
    const delegate = {
      didComplete: ({ id, error }: { id: string; error: { code: string; message: string } | undefined }) => {
        said[id] = error?.code === "cancelled" ? error.message : error?.code;
      },
    };
    await app.open("test", { delegate });
    while (Object.keys(said).length < 8) await new Promise((resolve) => setTimeout(resolve, 50));
    return said;
  });
  expect(said).toEqual({
    plain: "The task was cancelled.",
    "with a reason": "The task was cancelled: The user has logged out.",
    cut: `The task was cancelled: ${"x".repeat(1_024)}.`,
    resumable:
      "The task was cancelled: the lift came; its bytes are kept, and its resume data goes on from there.",
    silent: "The task was cancelled.",
    saying: "The task was cancelled: left the page.",
    text: "The task was cancelled: as a string.",
    wrong: "The task was cancelled.",
  });
});
