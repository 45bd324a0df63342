import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { saveData } from "../support/save-data.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/20MB.bin";

function activityOf(page: TestPage, id: string): Promise<string | undefined> {
  return page.evaluate((name) => app.BackgroundSession.current("test")?.task(name)?.activity, id);
}

test(
  "a download stops at a checkpoint while the user saves data, and goes on right after",
  needs("network-information"),
  async ({ chromium, page, site }) => {
    await page.evaluate(async (path) => {
      const session = await app.open("test", { configuration: { allowsConstrainedNetworkAccess: false } });
      await session.downloadTask(`${path}?throttle=2MB`, { id: "careful" }).resume();
      const options = { id: "urgent", allowsConstrainedNetworkAccess: true };
      await session.downloadTask(`${path}?throttle=4MB`, options).resume();
    }, PATH);
    await checkpoint(page, "careful");
    await checkpoint(page, "urgent");
    await saveData(chromium, site.origin, true);
    await expect.poll(() => activityOf(page, "careful")).toBe("waiting-for-allowed-network");
    await expectFile(page, "urgent", await site.sha256(PATH));
    expect(await activityOf(page, "careful")).toBe("waiting-for-allowed-network");
    await saveData(chromium, site.origin, false);
    await expectFile(page, "careful", await site.sha256(PATH), { timeoutMs: 60_000 });
    const ranges = site.requests(`${PATH}?throttle=2MB`).map(({ headers }) => headers.range);
    expect(ranges).toHaveLength(2);
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  },
);
