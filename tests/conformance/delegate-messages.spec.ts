import type { BackgroundTask } from "../../src/app/index.ts";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import type { TestPage } from "../support/test-browser.ts";

// Named after the delegate methods of URLSession, which stand before the colon. Those that report progress are
// transient: they come at most ten times a second, and nobody gets them later.

/** Opens a session whose delegate logs what it is told on the way. @returns what a task has received by then */
function openLogged(page: TestPage, id = ""): Promise<number> {
  return page.evaluate(async (id) => {
    const log = (what: string, { id, countOfBytesReceived, countOfBytesExpectedToReceive }: BackgroundTask) =>
      void app.news.push(`${what} ${id} ${countOfBytesReceived} ${countOfBytesExpectedToReceive}`);
    const session = await app.open("test", {
      delegate: {
        didWriteData: (task) => log("wrote", task),
        didResumeAtOffset: (task, offset) => log(`resumed at ${offset}`, task),
        isWaitingForConnectivity: (task) => log("waits", task),
        didComplete: (task) => log("complete", task),
      },
    });
    return session.task(id)?.countOfBytesReceived ?? 0;
  }, id);
}

async function until(page: TestPage, word: string): Promise<string[]> {
  await expect
    .poll(async () => (await page.evaluate(() => app.news)).filter((line) => line.startsWith(word)).length)
    .toBeGreaterThan(0);
  return page.evaluate(() => app.news);
}

test("downloadTask(didWriteData:): the counts rise to the whole, and none comes after the completion", async ({
  page,
}) => {
  await openLogged(page);
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    await session?.downloadTask("/files/1MB.bin?throttle=500KB", { id: "file" }).resume();
  });
  await until(page, "complete");
  const news = await page.evaluate(async () => {
    await app.BackgroundSession.current("test")?.finishTasksAndInvalidate();
    return app.news;
  });
  const counts = news.filter((line) => line.startsWith("wrote")).map((line) => line.split(" ").map(Number));
  const received = counts.map(([, , bytes]) => bytes as number);
  expect(received.length).toBeGreaterThan(1);
  expect(received).toEqual([...received].sort((one, other) => one - other));
  expect(counts.map(([, , , expected]) => expected)).toEqual(counts.map(() => 1_000_000));
  expect(news.at(-1)).toBe("complete file 1000000 1000000");
});

test("downloadTask(didResumeAtOffset:): it is told before the bytes that follow, with the offset on disk", {
  tag: "@core",
}, async ({ page, site }) => {
  await openLogged(page);
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    await session?.downloadTask("/files/2MB.bin?throttle=4MB&cut=1MB&cutTimes=1", { id: "cut" }).resume();
  });
  const news = await until(page, "complete");
  const told = news.filter((line) => line.startsWith("resumed at"));
  const asked = site.requests("/files/2MB.bin").at(-1)?.headers.range;
  expect(told).toHaveLength(1);
  expect(asked).toBe(`bytes=${told[0]?.split(" ")[2]}-`);
});

test("taskIsWaitingForConnectivity: it is told in the background too, and the task completes without help (differs)", async ({
  page,
  site,
}) => {
  await openLogged(page);
  await site.goDown();
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    await session?.downloadTask("/files/100KB.bin", { id: "offline" }).resume();
  });
  await until(page, "waits offline 0 -1");
  await site.comeBack();
  const news = await until(page, "complete");
  expect(news.at(-1)).toBe("complete offline 100000 100000");
});

test("downloadTask(didWriteData:): what was received while no page was there is on the task, and is not told later", async ({
  page,
  site,
}) => {
  await openLogged(page);
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    await session?.downloadTask("/files/1MB.bin?stall=500KB&throttle=1MB", { id: "away" }).resume();
  });
  await until(page, "wrote away");
  await checkpoint(page, "away");
  await page.goto(`${site.origin}/sw.js`);
  await expect.poll(() => site.requests("/files/1MB.bin").at(-1)?.bodyBytesSent).toBe(500_000);
  await page.goto(site.origin);
  await page.waitForFunction(() => "app" in globalThis);
  const atOpen = await openLogged(page, "away");
  expect(atOpen).toBeGreaterThan(0);
  await expect
    .poll(() =>
      page.evaluate(() => app.BackgroundSession.current("test")?.task("away")?.countOfBytesReceived),
    )
    .toBe(500_000);
  const news = await page.evaluate(() => app.news);
  const told = news.filter((line) => line.startsWith("wrote")).map((line) => Number(line.split(" ")[2]));
  expect(told.filter((bytes) => bytes < atOpen)).toEqual([]);
});
