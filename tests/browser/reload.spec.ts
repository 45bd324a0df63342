import { expect, test } from "../support/fixtures.ts";
import { checkpoint, rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";

const PATH = "/files/20MB.bin";

/**
 * On a slow machine a page that is reloaded has handed the rest over to the browser, as one that leaves for good, before
 * it is there again: browser/leaving-the-app is about that.
 */
const IN_WORKER = { configuration: { transport: "worker" } } as const;

test("a download goes on through a reload, and its handle is there again", { tag: "@core" }, async ({
  page,
  site,
}) => {
  await startDownload(page, "twenty", `${PATH}?throttle=8MB`, IN_WORKER);
  await checkpoint(page, "twenty");
  await page.reload();
  const handle = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.task("twenty");
    return task && app.describe(task);
  });
  expect(handle).toMatchObject({ id: "twenty", state: "running", countOfBytesExpectedToReceive: 20_000_000 });
  expect(handle?.countOfBytesReceived).toBeGreaterThan(0);
  await expectFile(page, "twenty", await site.sha256(PATH));
  expect(site.requests(PATH)).toHaveLength(1);
  expect(site.bytesSent(PATH)).toBe(20_000_000);
});

test("a download goes on through ten reloads", async ({ page, site }) => {
  await startDownload(page, "twenty", `${PATH}?throttle=8MB`, IN_WORKER);
  for (let reload = 0; reload < 10; reload += 1) {
    await page.reload();
    await page.evaluate(() => app.open());
  }
  await expectFile(page, "twenty", await site.sha256(PATH));
  expect(site.bytesSent(PATH)).toBe(20_000_000);
});

test("a task that was made and resumed right before a reload is run", async ({ page, site }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    await session.downloadTask("/files/1MB.bin", { id: "last" }).resume();
    location.reload();
  });
  await page.waitForFunction(
    () => "app" in globalThis && app.BackgroundSession.current("test") === undefined,
  );
  await page.evaluate(() => app.open());
  await expectFile(page, "last", await site.sha256("/files/1MB.bin"));
  expect(site.bytesSent("/files/1MB.bin")).toBe(1_000_000);
});

test("a download goes on while its tab is closed, and the next tab follows it", async ({
  browserApp,
  page,
  site,
}) => {
  await startDownload(page, "twenty", `${PATH}?throttle=5MB`, IN_WORKER);
  await checkpoint(page, "twenty");
  await page.close();
  const sent = site.bytesSent(PATH);
  await expect.poll(() => site.bytesSent(PATH)).toBeGreaterThan(sent + 2_000_000);
  const next = await browserApp.open(site.origin);
  expect(await next.evaluate(async () => (await app.open()).tasks().map((task) => task.state))).toEqual([
    "running",
  ]);
  await expectFile(next, "twenty", await site.sha256(PATH));
  expect(site.bytesSent(PATH)).toBe(20_000_000);
});

test("events of a download that ended while no tab was open wait for the next tab", async ({
  browserApp,
  page,
  site,
}) => {
  await startDownload(page, "twenty", `${PATH}?throttle=20MB`, IN_WORKER);
  await checkpoint(page, "twenty");
  await page.close();
  await expect.poll(() => site.bytesSent(PATH)).toBe(20_000_000);
  const next = await browserApp.open(site.origin);
  await expect.poll(() => rowsOnDisk(next, "outbox")).toHaveLength(2);
  await next.evaluate(() => app.open());
  await expectFile(next, "twenty", await site.sha256(PATH));
  expect(await next.evaluate(() => app.news)).toEqual(["finished events"]);
  expect(site.bytesSent(PATH)).toBe(20_000_000);
});

test("didFinishEvents comes once for each open that finds waiting events, and for no other", async ({
  page,
  site,
}) => {
  await startDownload(page, "one", "/files/1MB.bin");
  await expectFile(page, "one", await site.sha256("/files/1MB.bin"));
  // These events came while the session was open: none was waiting.
  expect(await page.evaluate(() => app.news)).toEqual([]);

  await page.evaluate(async () => {
    await app.BackgroundSession.current("test")?.close();
    const silent = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js" });
    await silent.downloadTask("/files/1MB.bin?key=2", { id: "two" }).resume();
    await silent.downloadTask("/files/1MB.bin?key=3", { id: "three" }).resume();
  });
  await expect.poll(() => rowsOnDisk(page, "outbox")).toHaveLength(4);

  await page.reload();
  await page.evaluate(() => app.open());
  await expectFile(page, "two", await site.sha256("/files/1MB.bin"));
  await expectFile(page, "three", await site.sha256("/files/1MB.bin"));
  await expect.poll(() => page.evaluate(() => app.news)).toEqual(["finished events"]);

  await page.reload();
  await page.evaluate(async () => {
    const session = await app.open();
    await session.downloadTask("/files/1MB.bin?key=4", { id: "four" }).resume();
  });
  await expectFile(page, "four", await site.sha256("/files/1MB.bin"));
  expect(await page.evaluate(() => app.news)).toEqual([]);
  expect(site.bytesSent("/files/1MB.bin")).toBe(4_000_000);
});
