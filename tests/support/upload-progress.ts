import { expect } from "./fixtures.ts";
import type { TestPage } from "./test-browser.ts";

/** Waits until the row on disk shows more than this many acknowledged bytes. @returns how many */
export async function acknowledgedBytes(page: TestPage, id: string, beyondBytes: number): Promise<number> {
  let bytes = 0;
  await expect
    .poll(
      async () => {
        const row = (await page.evaluate(() => app.rows("tasks"))).find((task) => task.id === id);
        bytes = row?.upload?.bytesAcknowledged ?? 0;
        return bytes;
      },
      { timeout: 30_000, intervals: [50] },
    )
    .toBeGreaterThan(beyondBytes);
  return bytes;
}
