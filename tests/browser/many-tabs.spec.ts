import { expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";

const TABS = 12;
const SESSIONS = 20;
const TASKS = 3;

test("a dozen tabs observe twenty sessions: each task ends once, and every tab learns of it", async ({
  browserApp,
  page,
  site,
}) => {
  test.slow();
  const names = Array.from({ length: SESSIONS }, (_, n) => `session ${n}`);
  const tabs = [page];
  while (tabs.length < TABS) tabs.push(await browserApp.open(site.origin));
  await page.evaluate((all) => Promise.all(all.map((name) => app.open(name))), names);
  for (const tab of tabs.slice(1)) {
    await tab.evaluate((all) => Promise.all(all.map((name) => app.open(name))), names);
  }
  await page.evaluate(
    async ({ names, TASKS }) => {
      const made = names.flatMap((name) => {
        const session = app.BackgroundSession.current(name);
        return Array.from({ length: TASKS }, (_, n) =>
          session?.downloadTask(`/files/1KB.bin?throttle=1KB&key=${name} ${n}`, { id: `${name} ${n}` }),
        );
      });
      await Promise.all(made.map((task) => task?.resume()));
    },
    { names, TASKS },
  );
  const completed = async () =>
    (await page.evaluate(() => app.entries())).filter(({ type }) => type === "didComplete");
  await expect.poll(async () => (await completed()).length, { timeout: 120_000 }).toBe(SESSIONS * TASKS);
  await expect.poll(() => rowsOnDisk(page, "outbox"), { timeout: 30_000 }).toEqual([]);
  const ends = await completed();
  expect(new Set(ends.map(({ id }) => id)).size).toBe(SESSIONS * TASKS);
  expect(ends.every(({ error }) => error === undefined)).toBe(true);
  expect(site.requests("/files/1KB.bin")).toHaveLength(SESSIONS * TASKS);
  for (const tab of tabs) {
    const unfinished = () =>
      tab.evaluate(
        (all) => all.flatMap((name) => app.BackgroundSession.current(name)?.tasks() ?? []).length,
        names,
      );
    await expect.poll(unfinished, { timeout: 30_000 }).toBe(0);
  }
});
