import { expect, test } from "../support/fixtures.ts";
import { LAUNCH_WORKER, LaunchSteps, SYNC_TAG } from "../support/launch-steps.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";

test("the last sync event delivers the events that are waiting although other tasks go on", async ({
  page,
  chromium,
  site,
}) => {
  test.slow();
  const steps = new LaunchSteps(site);
  await page.evaluate(async (worker) => {
    const session = await app.open("test", {
      serviceWorker: worker,
      delegate: { didFinishDownloading: () => new Promise(() => {}) },
    });
    await session.downloadTask("/files/1KB.bin", { id: "done" }).resume();
    await session.downloadTask("/files/9MB.bin?throttle=20KB", { id: "endless" }).resume();
  }, LAUNCH_WORKER);
  await expect.poll(async () => (await rowsOnDisk(page, "outbox")).length).toBe(2);
  await page.close();
  await chromium.stopWorkers();
  await chromium.sync(`${site.origin}/`, SYNC_TAG, { lastChance: true });
  // The transfer gets most of the time window.
  await steps.reached("complete done ok", 1, 150_000);
  expect(site.requests("/files/9MB.bin").length).toBeGreaterThan(1);
});
