import { expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";

// One after the other: each keeps a whole core busy.
test.describe.configure({ mode: "default" });

test("a thousand tasks made in one turn end in a thousand correct results", async ({ page, site }) => {
  test.slow();
  const files = 500;
  await page.evaluate(async (files) => {
    const session = await app.open();
    const resumed: Promise<unknown>[] = [];
    for (let n = 0; n < files; n += 1) {
      resumed.push(session.downloadTask(`/files/1KB.bin?key=${n}`, { id: `file ${n}` }).resume());
      const request = new Request("/echo", { method: "POST", body: `post ${n}` });
      const completion = { handler: "sent", context: n };
      resumed.push(session.dataTask(request, { id: `post ${n}`, completion }).resume());
    }
    await Promise.all(resumed);
  }, files);
  const countCompleted = () =>
    page.evaluate(async () => (await app.entries()).filter((entry) => entry.type === "didComplete").length);
  await expect.poll(countCompleted, { timeout: 120_000, intervals: [1_000] }).toBe(2 * files);
  await expect.poll(() => rowsOnDisk(page, "outbox"), { timeout: 30_000 }).toEqual([]);

  const noted = await page.evaluate(() => app.entries());
  const ids = Array.from({ length: files }, (_, n) => n);
  const completed = noted.filter((entry) => entry.type === "didComplete");
  expect(completed).toHaveLength(2 * files);
  expect(new Set(completed.map((entry) => entry.id)).size).toBe(2 * files);
  expect(completed.every((entry) => entry.status === 200 && entry.error === undefined)).toBe(true);
  const digest = await site.sha256("/files/1KB.bin");
  const finished = noted.filter((entry) => entry.type === "didFinishDownloading");
  expect(new Set(finished.map((entry) => entry.id)).size).toBe(files);
  expect(finished.map((entry) => entry.sha256)).toEqual(Array(files).fill(digest));
  const handled = noted.filter((entry) => entry.type === "handler");
  expect(handled.map((entry) => Number(entry.context)).sort((a, b) => a - b)).toEqual(ids);
  for (const { context, text } of handled) {
    expect(JSON.parse(text ?? "")).toMatchObject({ bodyText: `post ${context}`, count: 1 });
  }
  expect(site.bytesSent("/files/1KB.bin")).toBe(files * 1_000);
  expect(site.requests("/echo")).toHaveLength(files);
});

test("a thousand tasks survive a worker that is stopped again and again", async ({
  browserApp,
  page,
  site,
}) => {
  test.slow();
  await page.evaluate(async () => {
    const session = await app.open();
    const tasks = Array.from({ length: 1_000 }, (_, n) =>
      session.downloadTask(`/files/1KB.bin?key=${n}`, { id: `file ${n}` }),
    );
    await Promise.all(tasks.map((task) => task.resume()));
  });
  for (let stop = 1; stop <= 5; stop += 1) {
    await expect
      .poll(() => site.requests("/files/1KB.bin").length, { timeout: 60_000 })
      .toBeGreaterThan(stop * 100);
    await browserApp.stopWorkers(page);
  }
  const noted = () => page.evaluate(() => app.entries());
  await expect
    .poll(async () => (await noted()).filter((entry) => entry.type === "didComplete").length, {
      timeout: 120_000,
      intervals: [1_000],
    })
    .toBe(1_000);
  await expect.poll(() => rowsOnDisk(page, "outbox"), { timeout: 30_000 }).toEqual([]);
  const all = await noted();
  expect(all).toHaveLength(2_000);
  expect(new Set(all.map((entry) => entry.eventId)).size).toBe(2_000);
  const digest = await site.sha256("/files/1KB.bin");
  expect(all.filter((entry) => entry.sha256 === digest)).toHaveLength(1_000);
  // Each stop may cost the requests in flight.
  expect(site.bytesSent("/files/1KB.bin")).toBeLessThanOrEqual(1_000 * (1_000 + 5 * 6));
});
