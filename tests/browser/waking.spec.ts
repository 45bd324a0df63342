import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { LAUNCH_WORKER, LaunchSteps, openSession, SYNC_TAG, startAndLeave } from "../support/launch-steps.ts";

test.use({ ownBrowser: true });

test(
  "a download that was made offline runs when the network is back, with no page open",
  needs("offline-worker"),
  async ({ page, chromium, site }) => {
    const steps = new LaunchSteps(site);
    await openSession(page);
    await chromium.context.setOffline(true);
    const idle = await chromium.context.newPage();
    await startAndLeave(page, "/files/1MB.bin");
    expect(site.requests("/files/1MB.bin")).toHaveLength(0);
    await chromium.context.setOffline(false);
    await steps.reached("invalid as it should be", 1, 60_000);
    expect(site.bytesSent("/files/1MB.bin")).toBe(1_000_000);
    await idle.close();
  },
);

test(
  "the next sync event finds a server that is back, and the transfer resumes from its checkpoint",
  needs("background-sync"),
  async ({ page, chromium, site }) => {
    test.slow();
    const steps = new LaunchSteps(site);
    const path = "/files/4MB.bin";
    await page.evaluate(
      async ([worker, url]) => {
        const session = await app.open("test", { serviceWorker: worker });
        await session.downloadTask(url, { id: "episode" }).resume();
      },
      [LAUNCH_WORKER, `${path}?throttle=1MB`] as const,
    );
    await expect.poll(() => site.bytesSent(path)).toBeGreaterThan(2_000_000);
    await page.close();
    await chromium.stopWorkers();
    await chromium.sync(`${site.origin}/`, SYNC_TAG);
    await steps.reached("invalid as it should be");
    expect(site.requests(path)).toHaveLength(2);
    expect(site.requests(path)[1]?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  },
);

for (const how of ["a periodic sync event", "an event of the app's own"] as const) {
  test(
    `${how} wakes the daemon, which launches the app`,
    needs("background-sync"),
    async ({ page, chromium, site }) => {
      const steps = new LaunchSteps(site);
      const scope = `${site.origin}/`;
      const gate = steps.stopAt("launched for test");
      await startAndLeave(page, "/files/1MB.bin");
      await steps.reached("launched for test");
      await chromium.stopWorkers();
      gate.open();
      if (how === "a periodic sync event") {
        await chromium.sync(scope, SYNC_TAG, { type: "periodicsync" });
      } else await chromium.push(scope, "news");
      await steps.reached("invalid as it should be");
    },
  );
}
