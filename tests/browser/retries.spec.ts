import { expect, test } from "../support/fixtures.ts";
import { activityOf } from "../support/live-task.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFailure, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/100KB.bin";

test("each status that may pass is retried", async ({ page, site }) => {
  const urls = [408, 425, 429, 500, 502, 503, 504].map((status) => `${PATH}?status=${status}&times=1`);
  for (const url of urls) await startDownload(page, url, url);
  for (const url of urls) {
    await expectFile(page, url, await site.sha256(PATH));
    expect(site.requests(url), url).toHaveLength(2);
    expect(site.requests(url)[1]?.status, url).toBe(206);
  }
});

/** When the task tries again, as its page knows. */
function nextAttemptOf(page: TestPage, id: string): Promise<number> {
  return page.evaluate((id) => Number(app.BackgroundSession.current("test")?.task(id)?.nextAttemptDate), id);
}

test("Retry-After is obeyed", async ({ page, site }) => {
  await startDownload(page, "after", `${PATH}?status=503&times=1&retryAfter=2`);
  await activityOf(page, "after", "backing-off");
  const next = await nextAttemptOf(page, "after");
  expect(site.requests(PATH)).toHaveLength(1);
  await expectFile(page, "after", await site.sha256(PATH));
  const [first, second, ...others] = site.requests(PATH);
  expect(others).toEqual([]);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_900);
  // The page knows when: not before what the server asked for.
  expect(Number(next) - Number(first?.at)).toBeGreaterThan(1_900);
  expect(Number(next)).toBeLessThanOrEqual(Number(second?.at));
});

test("a 500 beyond retry.limit completes with that answer", async ({ page, site }) => {
  await startDownload(page, "limit", `${PATH}?status=500`, { retry: { limit: 2 } });
  await expectFile(page, "limit", sha256Of("500 Internal Server Error\n"), { status: 500 });
  expect(site.requests(PATH)).toHaveLength(3);
});

test("retry.limit 0 takes the first answer", async ({ page, site }) => {
  await startDownload(page, "never", `${PATH}?status=503`, { retry: { limit: 0 } });
  await expectFile(page, "never", sha256Of("503 Service Unavailable\n"), { status: 503 });
  expect(site.requests(PATH)).toHaveLength(1);
});

test("a 404 is an answer: the file has its body", async ({ page, site }) => {
  await startDownload(page, "missing", "/status/404");
  await expectFile(page, "missing", sha256Of("404 Not Found\n"), { status: 404 });
  expect(site.requests("/status/404")).toHaveLength(1);
});

test("connection resets do not count towards retry.limit", async ({ page, site }) => {
  await startDownload(page, "reset", `${PATH}?reset=3`, { retry: { limit: 0 } });
  await expectFile(page, "reset", await site.sha256(PATH));
  expect(site.requests(PATH)).toHaveLength(4);
});

test("a task that is not finished within timeoutIntervalForResource times out", async ({ page, site }) => {
  const configuration = { timeoutIntervalForResource: 2 };
  await startDownload(page, "stalled", `${PATH}?stall=50KB`, { configuration });
  await startDownload(page, "refused", `${PATH}?status=503&key=refused`);
  await expectFailure(page, "stalled", "timed-out");
  await expectFailure(page, "refused", "timed-out");
  // The connection of the task that stalled is released.
  await expect
    .poll(() => site.requests(PATH).every(({ finished, aborted }) => finished || aborted))
    .toBe(true);
});

test("a suspended task does not use up its time", async ({ page, site }) => {
  const configuration = { timeoutIntervalForResource: 2 };
  await startDownload(page, "running", `${PATH}?stall=50KB`, { configuration });
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const task = session?.downloadTask("/files/100KB.bin", { id: "rests" });
    await task?.resume();
    await task?.suspend();
  });
  await expectFailure(page, "running", "timed-out");
  await page.evaluate(async () => {
    await app.BackgroundSession.current("test")?.task("rests")?.resume();
  });
  await expectFile(page, "rests", await site.sha256(PATH));
});

test("the time limit of a task starts at its earliestBeginDate", async ({ page, site }) => {
  await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { timeoutIntervalForResource: 3 } });
    const earliestBeginDate = Date.now() + 5_000;
    const task = session.downloadTask("/files/100KB.bin", { id: "late", earliestBeginDate });
    await task.resume();
    // Waiting for the date uses up none of it, whether the task is suspended or not.
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    await task.suspend();
    await task.resume();
  });
  await expectFile(page, "late", await site.sha256("/files/100KB.bin"));
});

test("a task does not begin before its earliestBeginDate", async ({ page, site }) => {
  const date = await page.evaluate(async () => {
    const session = await app.open();
    const earliestBeginDate = new Date(Date.now() + 2_000);
    const task = session.downloadTask("/files/100KB.bin?key=late", { id: "late", earliestBeginDate });
    await task.resume();
    return Number(task.earliestBeginDate);
  });
  await startDownload(page, "now", PATH);
  await activityOf(page, "late", "waiting-for-date");
  expect(await nextAttemptOf(page, "late")).toBe(date);
  await expectFile(page, "now", await site.sha256(PATH));
  await expectFile(page, "late", await site.sha256(PATH));
  expect(site.requests(`${PATH}?key=late`)[0]?.at).toBeGreaterThanOrEqual(date);
});

test("the higher priority goes first, then the older task", async ({ page, site }) => {
  await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { httpMaximumConnectionsPerHost: 1 } });
    for (const [id, priority] of Object.entries({ low: 0.1, b: 0.5, c: 0.5, high: 0.9, late: 0 })) {
      void session.downloadTask(`/files/100KB.bin?key=${id}&throttle=400KB`, { id, priority }).resume();
    }
    const late = session.task("late");
    if (late) late.priority = 1;
  });
  for (const id of ["low", "b", "c", "high", "late"]) {
    await expectFile(page, id, await site.sha256(PATH));
  }
  const order = site.requests(PATH).map(({ url }) => /key=(\w+)/.exec(url)?.[1]);
  expect(order.filter((id) => id !== "late")).toEqual(["high", "b", "c", "low"]);
  expect(order.indexOf("late")).toBeLessThan(2);
});

test("no more than httpMaximumConnectionsPerHost requests are made at once", async ({ page, site }) => {
  const held: (() => void)[] = [];
  let most = 0;
  let open = 0;
  site.route("/held", (_, response) => {
    most = Math.max(most, ++open);
    response.once("close", () => open--);
    held.push(() => response.end("x"));
  });
  await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { httpMaximumConnectionsPerHost: 2 } });
    for (let n = 0; n < 8; n++) void session.dataTask(`/held?n=${n}`, { id: `t${n}` }).resume();
  });
  for (let answered = 0; answered < 8; answered++) {
    await expect.poll(() => held.length).toBe(Math.min(answered + 2, 8));
    held[answered]?.();
  }
  for (let n = 0; n < 8; n++) await endOf(page, `t${n}`);
  expect(most).toBe(2);
});
