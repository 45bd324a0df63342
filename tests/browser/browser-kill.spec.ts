import { expect, test } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { bytesSentAgain, MOST_SENT_AGAIN_BYTES } from "../support/sent-again.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";

const PATH = "/files/40MB.bin";

test("a download goes on after the browser is killed", async ({ browserApp, page, site }) => {
  await startDownload(page, "forty", `${PATH}?throttle=8MB`);
  const onDisk = await checkpoint(page, "forty", 8_000_000);
  await browserApp.killAndRestart();
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "forty", await site.sha256(PATH));
  const again = bytesSentAgain(site, PATH);
  expect(again).toHaveLength(1);
  expect(again[0]).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
  expect(site.requests(PATH)[1]?.status).toBe(206);
  expect(site.bytesSent(PATH)).toBeLessThanOrEqual(2 * 40_000_000 - onDisk);
});

test("a download goes on after the browser is killed five times", async ({ browserApp, page, site }) => {
  test.slow();
  await startDownload(page, "forty", `${PATH}?throttle=5MB`);
  let onDisk = 0;
  let current = page;
  for (let kill = 0; kill < 5; kill += 1) {
    onDisk = await checkpoint(current, "forty", onDisk);
    await browserApp.killAndRestart();
    current = await browserApp.open(site.origin);
    const task = await current.evaluate(async () => {
      const found = (await app.open()).task("forty");
      return found && app.describe(found);
    });
    expect(task?.countOfBytesReceived).toBeGreaterThanOrEqual(onDisk);
  }
  await expectFile(current, "forty", await site.sha256(PATH), { timeoutMs: 60_000 });
  const again = bytesSentAgain(site, PATH);
  expect(Math.max(...again)).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
  expect(site.bytesSent(PATH)).toBeLessThanOrEqual(40_000_000 + again.length * MOST_SENT_AGAIN_BYTES);
});

test("a download that ended with no tab open is delivered after the browser is killed", async ({
  browserApp,
  page,
  site,
}) => {
  const path = "/files/10MB.bin";
  await startDownload(page, "ten", `${path}?throttle=8MB`);
  await checkpoint(page, "ten");
  await page.close();
  await expect.poll(() => site.bytesSent(path)).toBe(10_000_000);
  await browserApp.killAndRestart();
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "ten", await site.sha256(path));
  expect(site.bytesSent(path)).toBeLessThanOrEqual(10_000_000 + MOST_SENT_AGAIN_BYTES);
});

test("all tasks that were on disk when the browser was killed are run", { tag: "@core" }, async ({
  browserApp,
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open();
    const tasks = Array.from({ length: 50 }, (_, n) =>
      session.downloadTask(`/files/1KB.bin?key=${n}`, { id: `task ${n}` }),
    );
    await Promise.all(tasks.map((task) => task.resume()));
  });
  await browserApp.killAndRestart();
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expect
    .poll(async () => (await next.evaluate(() => app.rows("outbox"))).length, { timeout: 30_000 })
    .toBe(0);
  const completed = async () =>
    (await next.evaluate(() => app.entries())).filter((entry) => entry.type === "didComplete");
  await expect.poll(async () => new Set((await completed()).map((entry) => entry.id)).size).toBe(50);
  const noted = await next.evaluate(() => app.entries());
  const eventIds = new Set(noted.map((entry) => entry.eventId));
  expect(eventIds.size).toBe(100);
  const digest = await site.sha256("/files/1KB.bin");
  const files = noted.filter((entry) => entry.type === "didFinishDownloading");
  expect(files.every((entry) => entry.sha256 === digest)).toBe(true);
});
