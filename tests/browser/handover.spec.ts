import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import { LAUNCH_WORKER, LaunchSteps } from "../support/launch-steps.ts";
import { leave, leaveForAnotherSite } from "../support/leave.ts";
import { ON_THE_WAY_BYTES } from "../support/sent-again.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

test.use({ needed: ["background-fetch"] });

const SIZE = 60_000_000;
const FILE = "/files/60MB.bin?throttle=5MB";
const PATIENCE = { timeoutMs: 80_000 };

/** Downloads until enough is there for the rest to be offered to the page. */
async function downloadSome(page: TestPage, site: TestServer, file: string, id = "one"): Promise<void> {
  await startDownload(page, id, file);
  await expect.poll(() => site.bytesSent(file), { timeout: 30_000 }).toBeGreaterThan(12_000_000);
}

function rangesOf(site: TestServer, file: string): (string | undefined)[] {
  return site.requests(file).map(({ headers }) => headers.range);
}

test("the browser fetches the rest of a download when the last page closes, and no byte comes twice", async ({
  page,
  browserApp,
  site,
}) => {
  await downloadSome(page, site, FILE);
  await leave(page);
  await expect.poll(() => rangesOf(site, FILE).length, { timeout: 40_000 }).toBe(2);
  const start = Number(/^bytes=(\d+)-$/.exec(rangesOf(site, FILE)[1] ?? "")?.[1]);
  expect(start).toBeGreaterThan(12_000_000);
  await expect.poll(() => site.bytesSent(FILE), { timeout: 60_000 }).toBeGreaterThanOrEqual(SIZE);
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "one", await site.sha256(FILE), PATIENCE);
  expect(rangesOf(site, FILE)).toEqual(["bytes=0-", `bytes=${start}-`]);
  expect(site.bytesSent(FILE) - SIZE).toBeLessThan(ON_THE_WAY_BYTES);
});

test("the app is launched for downloads that the browser finished with no page open", async ({
  page,
  browserApp,
  site,
}) => {
  test.slow();
  const steps = new LaunchSteps(site);
  await page.evaluate(
    async ({ url, worker }) => {
      const session = await app.open("test", { serviceWorker: worker });
      await session.downloadTask(url, { id: "one" }).resume();
    },
    { url: FILE, worker: LAUNCH_WORKER },
  );
  await expect.poll(() => site.bytesSent(FILE), { timeout: 30_000 }).toBeGreaterThan(12_000_000);
  await leaveForAnotherSite(page, site);
  await steps.reached("invalid as it should be", 1, 80_000);
  expect(steps.seen).toContain("complete one ok");
  const next = await browserApp.open(site.origin);
  const entries = await next.evaluate(() => app.entries());
  expect(entries.map(({ type, sizeBytes }) => [type, sizeBytes])).toEqual([
    ["didFinishDownloading", SIZE],
    ["didComplete", undefined],
  ]);
  expect(rangesOf(site, FILE)).toHaveLength(2);
});

test("a download whose entity changes on the way starts over and is never mixed", async ({
  page,
  browserApp,
  site,
}) => {
  test.slow();
  const file = `${FILE}&change=after:1`;
  await downloadSome(page, site, file);
  await leaveForAnotherSite(page, site);
  await expect.poll(() => rangesOf(site, file).length, { timeout: 40_000 }).toBeGreaterThanOrEqual(2);
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "one", await site.sha256("/files/60MB.bin?seed=2"), PATIENCE);
});

test("a download whose entity changes while the browser fetches the rest starts over and is never mixed", async ({
  page,
  browserApp,
  site,
}) => {
  test.slow();
  // The browser makes the second request, which breaks off.
  const file = "/files/90MB.bin?throttle=9MB&change=after:2&cut=40MB&cutTimes=2";
  await downloadSome(page, site, file);
  await leaveForAnotherSite(page, site);
  await expect.poll(() => rangesOf(site, file).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(3);
  const next = await browserApp.open(site.origin);
  // Chromium resumes with If-Match, gets a 412, and would keep retrying for some minutes.
  await next.evaluate(async () => {
    const task = (await app.open()).task("one");
    await task?.suspend();
    await task?.resume();
  });
  await expectFile(next, "one", await site.sha256("/files/90MB.bin?seed=2"), PATIENCE);
});

test("several downloads go in one registration, including those that had not begun", async ({
  page,
  browserApp,
  site,
}) => {
  test.slow();
  const files = Array.from({ length: 6 }, (_, n) => `/files/30MB.bin?throttle=3MB&seed=${n + 1}`);
  await page.evaluate(async (files) => {
    const session = await app.open();
    for (const [n, file] of files.entries()) void session.downloadTask(file, { id: `task-${n}` }).resume();
  }, files);
  await expect.poll(() => site.bytesSent(files[3] ?? ""), { timeout: 40_000 }).toBeGreaterThan(6_000_000);
  await leaveForAnotherSite(page, site);
  // Two at a time.
  const asked = () => files.map((file) => rangesOf(site, file).length);
  await expect.poll(asked, { timeout: 80_000, intervals: [500] }).toEqual([2, 2, 2, 2, 1, 1]);
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  for (const [n, file] of files.entries()) {
    await expectFile(next, `task-${n}`, await site.sha256(file), { timeoutMs: 120_000 });
  }
  const bytes = files.reduce((sum, file) => sum + site.bytesSent(file), 0);
  expect(bytes - 6 * 30_000_000).toBeLessThan(6 * ON_THE_WAY_BYTES);
});

test("a page that navigates to another page of the app leaves its downloads with the worker", async ({
  page,
  site,
}) => {
  await downloadSome(page, site, FILE);
  await page.evaluate(() => {
    location.href = "/?next";
  });
  await page.waitForFunction(() => "app" in globalThis && location.search === "?next");
  await page.evaluate(() => app.open());
  await expectFile(page, "one", await site.sha256(FILE), PATIENCE);
  expect(rangesOf(site, FILE)).toEqual(["bytes=0-"]);
});

test("nothing is handed over while another page of the app is open", async ({ page, browserApp, site }) => {
  const other = await browserApp.open(site.origin);
  await downloadSome(page, site, FILE);
  await other.evaluate(() => app.open());
  // The earlier offer is taken back.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await leaveForAnotherSite(page, site);
  await expectFile(other, "one", await site.sha256(FILE), PATIENCE);
  expect(rangesOf(site, FILE)).toEqual(["bytes=0-"]);
});

test("downloads of a session that insists on the worker stay there", async ({ page, browserApp, site }) => {
  await startDownload(page, "one", FILE, { configuration: { transport: "worker" } });
  await expect.poll(() => site.bytesSent(FILE), { timeout: 30_000 }).toBeGreaterThan(12_000_000);
  await leaveForAnotherSite(page, site);
  await expect.poll(() => site.bytesSent(FILE), { timeout: 30_000 }).toBe(SIZE);
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "one", await site.sha256(FILE), PATIENCE);
  expect(rangesOf(site, FILE)).toEqual(["bytes=0-"]);
});
