import type { TestServer } from "../../server/server.ts";
import { isOfTheBrowser } from "../support/background-fetches.ts";
import { ChromiumBrowser } from "../support/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { comeBack, followLinkToAnotherSite, leave, leaveForAnotherSite } from "../support/leave.ts";
import { MOST_SENT_AGAIN_BYTES, ON_THE_WAY_BYTES } from "../support/sent-again.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

// A message that a page sends while it leaves may be lost, with the page or with the worker. Whether or not it
// arrives, the server sends every byte of a download once, and the bytes that the browser fetches by itself are used.
// The server counts the bytes: two adjacent ranges do not show whether the first request was stopped where the second
// begins.

test.use({ needed: ["background-fetch"] });

const SIZE = 64 * 1024 * 1024;
const FILE = "/files/64MiB.bin?throttle=6MiB";
const PATIENCE = { timeoutMs: 80_000 };

/** Downloads until the rest has been offered to the page. */
async function downloadSome(page: TestPage, site: TestServer, maximumDownloadRate = 0): Promise<void> {
  await startDownload(page, "one", FILE, { configuration: { maximumDownloadRate } });
  await expect
    .poll(() => site.bytesSent(FILE), { timeout: 30_000, intervals: [50] })
    .toBeGreaterThan(SIZE * 0.3);
}

function ofTheBrowser(site: TestServer): number {
  return site.requests(FILE).filter(isOfTheBrowser).length;
}

/** The body bytes of the browser's first request so far. */
function bytesOfTheBrowser(site: TestServer): number {
  return site.requests(FILE).find(isOfTheBrowser)?.bodyBytesSent ?? 0;
}

/** The browser has fetched the rest with no page of the app open, and the next page gets the file. */
async function expectHandedOver(
  browser: TestBrowser,
  site: TestServer,
  mayComeTwice = ON_THE_WAY_BYTES,
): Promise<void> {
  await expect.poll(() => ofTheBrowser(site), { timeout: 60_000 }).toBe(1);
  await expect.poll(() => site.bytesSent(FILE), { timeout: 60_000 }).toBeGreaterThanOrEqual(SIZE);
  const next = await browser.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "one", await site.sha256(FILE), PATIENCE);
  expect(ofTheBrowser(site)).toBe(1);
  expect(site.bytesSent(FILE) - SIZE).toBeLessThan(mayComeTwice);
}

/** handover.spec.ts covers leaving by a typed URL. */
const WAYS: Readonly<Record<string, (page: TestPage, site: TestServer) => Promise<void>>> = {
  "follows a link to another site": followLinkToAnotherSite,
  "is closed": leave,
};

for (const [way, go] of Object.entries(WAYS)) {
  test(`the last page ${way}: no byte comes twice`, async ({ page, browserApp, site }) => {
    test.slow();
    await downloadSome(page, site);
    await go(page, site);
    await expectHandedOver(browserApp, site);
  });

  test(`the last page ${way}, and the worker is stopped: only bytes that it had not stored come twice`, async ({
    page,
    browserApp,
    site,
  }) => {
    test.slow();
    await downloadSome(page, site);
    await go(page, site);
    // Not before the browser has the download, which takes a while if the tab is being closed on a busy machine.
    await expect.poll(() => ofTheBrowser(site), { timeout: 30_000 }).toBe(1);
    await browserApp.stopWorkers();
    await expectHandedOver(browserApp, site, MOST_SENT_AGAIN_BYTES);
  });
}

test("a download with a speed limit is handed over too, and no byte comes twice", async ({
  page,
  browserApp,
  site,
}) => {
  test.slow();
  await downloadSome(page, site, 4 * 1024 * 1024);
  await leave(page);
  await expectHandedOver(browserApp, site);
  const byTheWorker = site.requests(FILE).filter((request) => !isOfTheBrowser(request));
  expect(byTheWorker.every(({ headers }) => /^bytes=\d+-\d+$/.test(headers.range ?? ""))).toBe(true);
});

test("a page that is destroyed as it leaves, without a back/forward cache, does the same", async ({
  site,
}) => {
  test.slow();
  const browser = await ChromiumBrowser.launch({ hasPageCache: false });
  try {
    const page = await browser.open(site.origin);
    await downloadSome(page, site);
    await leaveForAnotherSite(page, site);
    await expectHandedOver(browser, site);
  } finally {
    await browser.close();
  }
});

test("a page that comes back by the back button gets the file that the browser goes on fetching", async ({
  page,
  site,
}) => {
  test.slow();
  await downloadSome(page, site);
  await page.evaluate(() => Object.assign(globalThis, { isTheSame: true }));
  await leaveForAnotherSite(page, site);
  // If a navigation begins before the browser has read the head of its response, Chromium asks a second time.
  await expect.poll(() => bytesOfTheBrowser(site), { timeout: 60_000 }).toBeGreaterThan(SIZE / 16);
  await comeBack(page);
  expect(await page.evaluate(() => "isTheSame" in globalThis)).toBe(true);
  await expectFile(page, "one", await site.sha256(FILE), PATIENCE);
  expect(ofTheBrowser(site)).toBe(1);
  expect(site.bytesSent(FILE) - SIZE).toBeLessThan(ON_THE_WAY_BYTES);
});

test("a page that comes back at once resumes its session, and no byte comes twice", async ({
  page,
  site,
}) => {
  test.slow();
  await downloadSome(page, site);
  await leaveForAnotherSite(page, site);
  await comeBack(page);
  await expectFile(page, "one", await site.sha256(FILE), PATIENCE);
  expect(site.bytesSent(FILE) - SIZE).toBeLessThan(ON_THE_WAY_BYTES);
});

test("a tab that crashes hands nothing over: only bytes that were not stored come twice", async ({
  page,
  browserApp,
  site,
}) => {
  test.slow();
  await downloadSome(page, site);
  await browserApp.crash(page);
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "one", await site.sha256(FILE), PATIENCE);
  expect(ofTheBrowser(site)).toBe(0);
  // The worker may have shared the page's process.
  expect(site.bytesSent(FILE) - SIZE).toBeLessThan(MOST_SENT_AGAIN_BYTES);
});
