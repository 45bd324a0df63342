import type { ChromiumBrowser } from "../support/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { LaunchSteps, SYNC_TAG, startAndLeave } from "../support/launch-steps.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import type { TestPage } from "../support/test-browser.ts";

test.use({ ownBrowser: true });

test.use({ needed: ["background-sync"] });

const SLOW = "/files/2MB.bin?throttle=2MB";

/**
 * The step at which the launch is cut off, which of the two events the app has noted by then, and whether one was
 * being delivered.
 */
const CUTS: readonly (readonly [step: string, noted: readonly string[], isInHand: boolean])[] = [
  ["launched for test", [], false],
  ["opened as owner", [], false],
  ["file episode", ["didFinishDownloading"], true],
  ["complete episode ok", ["didFinishDownloading", "didComplete"], true],
  ["finished events", ["didFinishDownloading", "didComplete"], false],
];

const ENDS = {
  "the worker is stopped": async (browser: ChromiumBrowser, scope: string) => {
    await browser.stopWorkers();
    await browser.sync(scope, SYNC_TAG);
  },
  // The browser itself fires the pending sync event.
  "the browser is killed": async (browser: ChromiumBrowser) => browser.killAndRestart(),
};

/**
 * Every event was delivered with one id, and a second time only if it was being delivered when the launch was cut
 * off.
 */
async function expectOnce(page: TestPage, noted: readonly string[], isInHand: boolean): Promise<void> {
  const entries = await page.evaluate(() => app.entries());
  const ids = (type: string) => entries.filter((entry) => entry.type === type).map(({ eventId }) => eventId);
  for (const type of ["didFinishDownloading", "didComplete"]) {
    const isRepeated = isInHand && noted.at(-1) === type;
    expect(ids(type)).toHaveLength(isRepeated ? 2 : 1);
    expect(new Set(ids(type)).size).toBe(1);
  }
  expect(await rowsOnDisk(page, "outbox")).toEqual([]);
  expect(await rowsOnDisk(page, "launches")).toEqual([]);
}

for (const [end, cutOff] of Object.entries(ENDS)) {
  for (const [step, noted, isInHand] of CUTS) {
    test(`the app is launched again for the same record when ${end} at "${step}"`, async ({
      page,
      chromium,
      site,
    }) => {
      test.slow();
      const steps = new LaunchSteps(site);
      const gate = steps.stopAt(step);
      await startAndLeave(page, SLOW);
      await steps.reached(step);
      await cutOff(chromium, `${site.origin}/`);
      gate.open();
      await steps.reached("launched for test", 2, 60_000);
      await steps.reached("invalid as it should be", 1, 60_000);
      const reader = await chromium.open(site.origin);
      await expect.poll(() => rowsOnDisk(reader, "launches")).toEqual([]);
      await expectOnce(reader, noted, isInHand);
      expect(steps.seen.filter((seen) => seen === "launched for test")).toHaveLength(2);
    });
  }
}

test("a browser that is killed during a transfer goes on without a page, and launches the app", async ({
  page,
  chromium,
  site,
}) => {
  test.slow();
  const steps = new LaunchSteps(site);
  await page.evaluate(async (url) => {
    const session = await app.open("test", { serviceWorker: "/launch-worker.js" });
    await session.downloadTask(url, { id: "episode" }).resume();
  }, "/files/6MB.bin?throttle=2MB");
  await expect.poll(() => site.bytesSent("/files/6MB.bin")).toBeGreaterThan(2_000_000);
  await chromium.killAndRestart();
  await steps.reached("invalid as it should be", 1, 60_000);
  const reader = await chromium.open(site.origin);
  await expectOnce(reader, [], false);
  expect(site.requests("/files/6MB.bin").length).toBeGreaterThan(1);
  expect(site.requests("/files/6MB.bin").at(-1)?.headers.range).not.toBe("bytes=0-");
});
