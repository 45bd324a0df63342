import { expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import type { TestPage } from "../support/test-browser.ts";

// A page is reloaded just before it sweeps the tasks whose events have settled.

const COUNT = 100;

/** Makes data tasks, and waits until the last event of the last one is delivered. */
async function settle(page: TestPage): Promise<void> {
  await page.evaluate(async (count) => {
    const session = await app.open("test", { delegate: {}, completionHandlers: {} });
    const tasks = Array.from({ length: count }, (_, index) =>
      session.dataTask(`/files/1KB.bin?key=${index}`),
    );
    await Promise.all(tasks.map((task) => task.resume()));
    await Promise.all(tasks.map((task) => task.completed));
  }, COUNT);
  await expect.poll(() => rowsOnDisk(page, "outbox")).toEqual([]);
}

test("a page that is reloaded right after its last event leaves no settled rows if its worker lives on", {
  tag: "@core",
}, async ({ page }) => {
  await settle(page);
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  expect((await rowsOnDisk(page, "tasks")).length).toBeGreaterThan(0);
  await page.evaluate(async () => void (await app.open("test")));
  await expect.poll(async () => (await rowsOnDisk(page, "tasks")).length).toBe(0);
});
