import type { BackgroundTask } from "../../src/app/index.ts";
import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFailure } from "../support/task-end.ts";

// Named after the cases in TestURLSession.swift of swift-corelibs-foundation, which stand before the colon, or after the
// property or method of URLSessionTask that they are about. docs/urlsession.md has the whole table.

test("suspendResumeTask: three suspends need three resumes, and more resumes are harmless", async ({
  page,
  site,
}) => {
  const states = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.downloadTask("/files/100KB.bin?throttle=50KB", { id: "nested" });
    const seen: string[] = [task.state];
    const then = async (name: "suspend" | "resume") => {
      await task[name]();
      seen.push(task.state);
    };
    await then("resume");
    for (let n = 0; n < 3; n++) await then("suspend");
    for (let n = 0; n < 3; n++) await then("resume");
    for (let n = 0; n < 3; n++) void task.resume();
    // The extra ones do not count: one suspend is enough again.
    await then("suspend");
    await then("resume");
    await task.completed;
    seen.push(task.state);
    return seen;
  });
  expect(states).toEqual([
    ...["suspended", "running"],
    ...["suspended", "suspended", "suspended"],
    ...["suspended", "suspended", "running"],
    ...["suspended", "running", "completed"],
  ]);
  const noted = await endOf(page, "nested");
  expect(noted.map(({ type }) => type)).toEqual(["didFinishDownloading", "didComplete"]);
  expect(noted[0]?.sha256).toBe(await site.sha256("/files/100KB.bin"));
});

test("suspendResumeTask: a new task counts as suspended once, so a suspend before its first resume needs one more", async ({
  page,
  site,
}) => {
  const states = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.dataTask("/text?body=x");
    await task.suspend();
    await task.resume();
    const once = task.state;
    await task.resume();
    await task.completed;
    return [once, task.state];
  });
  expect(states).toEqual(["suspended", "completed"]);
  expect(site.requests("/text")).toHaveLength(1);
});

test("cancelledTasksCannotBeResumed: not before cancel() is recorded, and not after", async ({
  page,
  site,
}) => {
  const states = await page.evaluate(async () => {
    const session = await app.open();
    const tasks = ["at once", "later"].map((id) => session.dataTask("/text?body=x", { id }));
    const [atOnce, later] = tasks;
    const cancelled = atOnce?.cancel();
    const during = atOnce?.state;
    const resumed = atOnce?.resume();
    const still = atOnce?.state;
    await Promise.all([cancelled, resumed, later?.cancel()]);
    await Promise.all(tasks.map(({ completed }) => completed));
    await later?.resume();
    return { during, still, ends: tasks.map(({ state, error }) => [state, error?.code]) };
  });
  expect(states).toEqual({
    during: "canceling",
    still: "canceling",
    ends: [
      ["completed", "cancelled"],
      ["completed", "cancelled"],
    ],
  });
  for (const id of ["at once", "later"]) await expectFailure(page, id, "cancelled");
  expect(site.requests("/text")).toEqual([]);
});

test("noDoubleCallbackWhenCancellingAndProtocolFailsFast: a task that fails while it is cancelled completes once", {
  tag: "@core",
}, async ({ page, site }) => {
  // Each of these ends by itself as soon as it is sent.
  const urls = ["/status/404", `${site.crossOrigin}/text?body=x&cors=none`, "/text?body=x"];
  const ids = await page.evaluate(async (urls) => {
    const session = await app.open();
    const ids: string[] = [];
    for (const [nth, url] of urls.entries()) {
      for (const delayMs of [0, 5, 20, 50]) {
        const id = `${nth} ${delayMs}`;
        const task = session.dataTask(url, { id, retry: { limit: 0 } });
        void task.resume();
        setTimeout(() => void task.cancel(), delayMs);
        ids.push(id);
      }
    }
    return ids;
  }, urls);
  for (const id of ids) {
    const noted = await endOf(page, id);
    expect(
      noted.map(({ type }) => type),
      id,
    ).toEqual(["didComplete"]);
  }
});

test("taskCopy: session.task(id) is the same handle, however often it is asked for", async ({ page }) => {
  const same = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.downloadTask("/files/1KB.bin", { id: "one" });
    const found = [session.task("one"), session.tasks()[0]];
    await task.suspend();
    found.push(session.task("one"), session.group("none").tasks()[0]);
    return found.map((other) => other === task);
  });
  expect(same).toEqual([true, true, true, false]);
});

test("taskIdentifier: ids are unique in a session, and another session may have the same ones", async ({
  page,
  site,
}) => {
  const ids = await page.evaluate(async () => {
    const [one, two] = [await app.open("one"), await app.open("two")];
    const fresh = Array.from({ length: 50 }, () => one.dataTask("/text?body=fresh").id);
    const tasks = [one, two].map((session) =>
      session.dataTask(`/text?body=${session.identifier}`, { id: "x" }),
    );
    for (const task of tasks) void task.resume();
    const texts = await Promise.all(tasks.map(async ({ completed }) => (await completed).response?.text()));
    return { fresh: new Set(fresh).size, texts };
  });
  expect(ids).toEqual({ fresh: 50, texts: ["one", "two"] });
  expect(site.requests("/text")).toHaveLength(2);
});

test("taskDescription: it is there for the page that re-attaches, with the request and the counts", async ({
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open();
    const request = { url: "/files/1MB.bin?stall=200KB", headers: { "x-app": "1" } };
    await session.downloadTask(request, { id: "kept", description: "Épisode 42", priority: 0.75 }).resume();
  });
  await expect
    .poll(() =>
      page.evaluate(() => app.BackgroundSession.current("test")?.task("kept")?.countOfBytesReceived),
    )
    .toBeGreaterThan(0);
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("kept")?.suspend());
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  const task = await page.evaluate(async () => {
    const { description, priority, state, kind, originalRequest, countOfBytesReceived, ...rest } = (
      await app.open()
    ).task("kept") as never as BackgroundTask;
    return { description, priority, state, kind, originalRequest, countOfBytesReceived, rest };
  });
  expect(task).toMatchObject({
    description: "Épisode 42",
    priority: 0.75,
    state: "suspended",
    kind: "download",
    originalRequest: {
      url: `${site.origin}/files/1MB.bin?stall=200KB`,
      method: "GET",
      headers: { "x-app": "1" },
    },
  });
  expect(task.countOfBytesReceived).toBeGreaterThan(0);
});

test("response, error and the expected counts are unknown until the server has answered", async ({
  page,
  site,
}) => {
  const answers: (() => void)[] = [];
  site.route("/held", (_, response) => {
    answers.push(() => response.writeHead(200, { "content-length": "5" }).end("hello"));
  });
  await startDownload(page, "held", "/held");
  await expect.poll(() => answers.length).toBe(1);
  const shown = () =>
    page.evaluate(() => {
      const task = (globalThis as unknown as { task?: BackgroundTask }).task;
      const found = task ?? app.BackgroundSession.current("test")?.task("held");
      Object.assign(globalThis, { task: found });
      if (found === undefined) throw new Error("no task");
      const { response, error, state, progress } = found;
      const counts = [found.countOfBytesReceived, found.countOfBytesExpectedToReceive];
      return { status: response?.status, error: error?.code, state, counts, fraction: progress.fraction };
    });
  const before = { error: undefined, state: "running", counts: [0, -1], fraction: undefined };
  expect(await shown()).toEqual({ ...before, status: undefined });
  answers[0]?.();
  await endOf(page, "held");
  expect(await shown()).toEqual({
    error: undefined,
    state: "completed",
    counts: [5, 5],
    fraction: 1,
    status: 200,
  });
});

test("suspend(): the limit of timeoutIntervalForRequest rests while a task is suspended", async ({
  page,
  site,
}) => {
  const path = "/files/100KB.bin";
  await page.evaluate(async (url) => {
    const session = await app.open("test", { configuration: { timeoutIntervalForRequest: 0.5 } });
    const task = session.downloadTask(url, { id: "rests" });
    await task.resume();
    await task.suspend();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
  }, `${path}?throttle=1MB`);
  const asked = site.requests(path).length;
  expect(asked).toBeLessThanOrEqual(1);
  await page.evaluate(() => void app.BackgroundSession.current("test")?.task("rests")?.resume());
  const noted = await endOf(page, "rests");
  expect(noted.map(({ type }) => type)).toEqual(["didFinishDownloading", "didComplete"]);
  expect(site.requests(path)).toHaveLength(asked + 1);
});
