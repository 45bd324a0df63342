import { expect, test } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { bytesSentAgain, MOST_SENT_AGAIN_BYTES } from "../support/sent-again.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";

test("a download goes on after its worker is stopped twenty times", async ({ browserApp, page, site }) => {
  test.slow();
  const path = "/files/48MB.bin";
  await startDownload(page, "file", `${path}?throttle=2MB`);
  let onDisk = 0;
  for (let stop = 0; stop < 20; stop += 1) {
    onDisk = await checkpoint(page, "file", onDisk);
    await browserApp.stopWorkers(page);
  }
  await expectFile(page, "file", await site.sha256(path), { timeoutMs: 60_000 });
  const again = bytesSentAgain(site, path);
  expect(again).toHaveLength(20);
  expect(Math.max(...again)).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
  expect(site.bytesSent(path)).toBe(48_000_000 + again.reduce((sum, bytes) => sum + bytes, 0));
});

test("an open page starts its stopped worker again at once", { tag: "@core" }, async ({
  browserApp,
  page,
  site,
}) => {
  const path = "/files/10MB.bin";
  await startDownload(page, "file", `${path}?throttle=2MB`);
  await checkpoint(page, "file");
  await browserApp.stopWorkers(page);
  await expectFile(page, "file", await site.sha256(path), { timeoutMs: 15_000 });
  expect(site.requests(path)).toHaveLength(2);
  expect(Math.max(...bytesSentAgain(site, path))).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
});

test("a worker that was stopped while idle takes the next task", async ({ browserApp, page, site }) => {
  await startDownload(page, "first", "/files/1MB.bin");
  await expectFile(page, "first", await site.sha256("/files/1MB.bin"));
  await browserApp.stopWorkers(page);
  await startDownload(page, "second", "/files/1MB.bin?key=2");
  await expectFile(page, "second", await site.sha256("/files/1MB.bin"));
  expect(site.bytesSent("/files/1MB.bin")).toBe(2_000_000);
});

test("commands are recorded even if the worker is stopped right before them", async ({
  browserApp,
  page,
  site,
}) => {
  const path = "/files/20MB.bin";
  await startDownload(page, "file", `${path}?throttle=4MB`);
  await checkpoint(page, "file");
  await browserApp.stopWorkers(page);
  const paused = await page.evaluate(async () => {
    const task = app.BackgroundSession.current("test")?.task("file");
    await task?.suspend();
    return task && app.describe(task);
  });
  expect(paused?.state).toBe("suspended");
  await expect.poll(() => site.requests(path).every((request) => request.aborted)).toBe(true);
  await browserApp.stopWorkers(page);
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.resume());
  await expectFile(page, "file", await site.sha256(path));
  // A worker that starts with a command may have begun the request before it reads the command.
  expect(site.bytesSent(path)).toBeLessThanOrEqual(20_000_000 + MOST_SENT_AGAIN_BYTES);
});

test("a POST that was in flight when the worker was stopped is sent again with the same key", async ({
  browserApp,
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open();
    await session
      .dataTask(new Request("/echo?latency=3000", { method: "POST", body: "photo" }), { id: "post" })
      .resume();
  });
  await expect.poll(() => site.requests("/echo").length).toBe(1);
  await browserApp.stopWorkers(page);
  const noted = await endOf(page, "post");
  expect(noted).toMatchObject([{ type: "didComplete", status: 200 }]);
  const keys = site.requests("/echo").map((request) => request.headers["idempotency-key"]);
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});
