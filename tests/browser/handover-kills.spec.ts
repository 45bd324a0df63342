import { expect, test } from "../support/fixtures.ts";
import { leaveForAnotherSite } from "../support/leave.ts";
import { MOST_SENT_AGAIN_BYTES } from "../support/sent-again.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestBrowser } from "../support/test-browser.ts";

test.use({ needed: ["background-fetch"] });

const SIZE = 60_000_000;
const FILE = "/files/60MB.bin?throttle=5MB";

const ENDS: Readonly<Record<string, (browser: TestBrowser) => Promise<void>>> = {
  "the browser is killed": (browser) => browser.killAndRestart(),
  // In this case Chromium loses what it has fetched.
  "the browser is closed in an orderly way": (browser) => browser.closeAndRestart(),
  "the worker is stopped": async (browser) => browser.stopWorkers(),
};

/** The bytes sent by then: before the handover, while the worker closes the gap, and well after it. */
const MOMENTS = { "right after the page has gone": 0, "while the browser fetches the rest": 12_000_000 };

for (const [end, cutOff] of Object.entries(ENDS)) {
  for (const [moment, furtherBytes] of Object.entries(MOMENTS)) {
    test(`a download that was handed over ends in its file although ${end} ${moment}`, async ({
      page,
      browserApp,
      site,
    }) => {
      test.slow();
      await startDownload(page, "one", FILE);
      await expect.poll(() => site.bytesSent(FILE), { timeout: 30_000 }).toBeGreaterThan(12_000_000);
      await leaveForAnotherSite(page, site);
      if (furtherBytes > 0) {
        await expect.poll(() => site.requests(FILE).length, { timeout: 40_000 }).toBe(2);
        const sent = site.bytesSent(FILE);
        await expect
          .poll(() => site.bytesSent(FILE), { timeout: 30_000 })
          .toBeGreaterThan(sent + furtherBytes);
      }
      await cutOff(browserApp);
      const next = await browserApp.open(site.origin);
      await next.evaluate(() => app.open());
      await expectFile(next, "one", await site.sha256(FILE), { timeoutMs: 150_000 });
      const entries = await next.evaluate(() => app.entries());
      expect(new Set(entries.map(({ eventId }) => eventId)).size).toBe(entries.length);
      expect(site.bytesSent(FILE)).toBeGreaterThanOrEqual(SIZE);
      // A browser that ends decides itself whether to keep the bytes of its own fetch.
      const isOurs = end === "the worker is stopped";
      expect(site.bytesSent(FILE) - SIZE).toBeLessThan(isOurs ? MOST_SENT_AGAIN_BYTES : SIZE);
    });
  }
}
