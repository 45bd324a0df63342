import { ChromiumBrowser } from "../support/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint, rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFailure, expectFile } from "../support/task-end.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

const PATH = "/files/20MB.bin";

test("a database that is wiped under an open page is storage-lost, and then a clean start works", {
  tag: "@core",
}, async ({ browserApp, page, site }) => {
  await startDownload(page, "lost", `${PATH}?throttle=4MB`);
  await checkpoint(page, "lost");
  const completed = page.evaluate(async () => {
    const { error } = (await app.BackgroundSession.current("test")?.task("lost")?.completed) ?? {};
    return error?.code;
  });
  await browserApp.clearDatabases(page, site.origin);
  expect(await completed).toBe("storage-lost");
  const noted = () => page.evaluate(() => app.entries());
  await expect.poll(noted).toMatchObject([{ type: "didComplete", id: "lost", error: "storage-lost" }]);
  await expect.poll(() => site.requests(PATH).every((request) => request.aborted)).toBe(true);

  await startDownload(page, "fresh", "/files/1MB.bin");
  await expectFile(page, "fresh", await site.sha256("/files/1MB.bin"));
  expect((await noted()).filter((entry) => entry.id === "lost")).toHaveLength(1);
  expect((await rowsOnDisk(page, "tasks")).map((row) => row.id)).not.toContain("lost");
});

/** Leaves a download half done, with no session open, no daemon running and no sync event to start one. */
async function interrupt(
  page: TestPage,
  browserApp: TestBrowser,
  id: string,
  url: string,
  beyondBytes = 0,
): Promise<void> {
  if (browserApp instanceof ChromiumBrowser) {
    // The driver denies every permission that is not listed: here Background Sync.
    await browserApp.context.grantPermissions(["notifications"], { origin: new URL(page.url()).origin });
  }
  await startDownload(page, id, url);
  await checkpoint(page, id, beyondBytes);
  await page.evaluate(() => app.BackgroundSession.current("test")?.close());
  await browserApp.stopWorkers(page);
}

/** Leaves a download with that id half done, with garbage in its row. */
async function damageTask(
  page: TestPage,
  browserApp: TestBrowser,
  damage: string,
  garbage: unknown,
): Promise<void> {
  const url = `/files/6MB.bin?throttle=3MB&key=${encodeURIComponent(damage)}`;
  await interrupt(page, browserApp, damage, url);
  await page.evaluate(
    async ([id, garbage]) => {
      const database = await app.database();
      const row = (await app.rows("tasks")).find((task) => task.id === id);
      await database?.put("tasks", { ...row, ...(garbage as object) });
      database?.close();
    },
    [damage, garbage] as const,
  );
}

const GARBAGE: Record<string, unknown> = {
  "an unknown state": { state: "quantum" },
  "no request": { request: null },
  "a request without an address": { request: { headers: {} } },
  "a request without headers": { request: { url: "http://localhost/", method: "GET" } },
  "headers of null": { request: { url: "http://localhost/", method: "GET", headers: null } },
  "no count of bytes": { bytesReceived: "many" },
  "a negative count of bytes": { bytesReceived: -1 },
};

test("a damaged row is reported, and the other tasks go on", async ({ browserApp, page, site }) => {
  test.slow();
  for (const [damage, garbage] of Object.entries(GARBAGE)) {
    await test.step(damage, async () => {
      await damageTask(page, browserApp, damage, garbage);
      const good = `good beside ${damage}`;
      await startDownload(page, good, `/files/1MB.bin?key=${encodeURIComponent(damage)}`);
      await expectFile(page, good, await site.sha256("/files/1MB.bin"));
      await expectFailure(page, damage, "storage-lost");
      await page.evaluate(() => app.BackgroundSession.current("test")?.close());
    });
  }
  expect(await page.evaluate(() => app.reported)).toEqual([]);
});

const DOUBTFUL: Record<string, unknown> = {
  "a backoff of garbage": { backoff: { since: "yesterday", tries: {} } },
  "a priority of garbage": { priority: "high" },
  "a file of garbage": { file: { fileId: 7 } },
  "a file that is a string": { file: "file" },
  "an answer of garbage": { response: { status: "fine" } },
  "no failures": { failures: undefined },
  "more bytes than there are": { bytesReceived: 5_999_999, farthest: 5_999_999 },
  "all bytes and no parts": {
    bytesReceived: 6_000_000,
    file: { fileId: "none/0", total: 6_000_000, isTotalSure: true },
  },
};

test("a row with a doubtful field ends in the right file or in an error, once", async ({
  browserApp,
  page,
  site,
}) => {
  test.slow();
  for (const [damage, garbage] of Object.entries(DOUBTFUL)) {
    await test.step(damage, async () => {
      await damageTask(page, browserApp, damage, garbage);
      const good = `good beside ${damage}`;
      await startDownload(page, good, `/files/1MB.bin?key=${encodeURIComponent(damage)}`);
      await expectFile(page, good, await site.sha256("/files/1MB.bin"));
      const noted = await endOf(page, damage);
      const file = await site.sha256("/files/6MB.bin");
      const isDone = noted.at(-1)?.error === undefined;
      expect(noted.map((entry) => entry.type)).toEqual(
        isDone ? ["didFinishDownloading", "didComplete"] : ["didComplete"],
      );
      expect(noted[0]?.sha256).toBe(isDone ? file : undefined);
      await page.evaluate(() => app.BackgroundSession.current("test")?.close());
    });
  }
});

for (const [what, from, to] of [
  ["the first part", 0, 1],
  ["a part in the middle", 1, 2],
  ["the last part", -1, undefined],
  ["every part", 0, undefined],
] as const) {
  test(`a half-done download whose storage lost ${what} still ends in the right file`, async ({
    browserApp,
    page,
    site,
  }) => {
    await interrupt(page, browserApp, "file", `${PATH}?throttle=4MB`, 9_000_000);
    await page.evaluate(
      async ([from, to]) => {
        const database = await app.database();
        const keys = await database?.getAllKeys("parts");
        for (const key of keys?.slice(from, to) ?? []) await database?.delete("parts", key);
        database?.close();
      },
      [from, to] as const,
    );
    await page.evaluate(() => app.open());
    await expectFile(page, "file", await site.sha256(PATH));
    expect(site.requests(PATH)).toHaveLength(2);
  });
}

test("a half-done download with a truncated part still ends in the right file", async ({
  browserApp,
  page,
  site,
}) => {
  await interrupt(page, browserApp, "file", `${PATH}?throttle=4MB`, 9_000_000);
  await page.evaluate(async () => {
    const database = await app.database();
    const [, part] = (await database?.getAll("parts")) ?? [];
    await database?.put("parts", { ...part, bytes: part.bytes.slice(0, 1_000) });
    database?.close();
  });
  await page.evaluate(() => app.open());
  await expectFile(page, "file", await site.sha256(PATH));
  expect(site.requests(PATH)).toHaveLength(2);
});

test("a finished download whose bytes are gone is storage-lost instead of a wrong file", async ({ page }) => {
  await page.evaluate(async () => {
    const silent = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js" });
    const task = silent.downloadTask("/files/1MB.bin", { id: "file" });
    await task.resume();
    await task.completed;
    await silent.close();
    const database = await app.database();
    await database?.clear("parts");
    database?.close();
    await app.open();
  });
  await expectFailure(page, "file", "storage-lost");
});

test("a garbage row in the outbox does not hold up the others", async ({ page, site }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    await session.close();
    const database = await app.database();
    await database?.put("outbox", {
      session: "test",
      taskKey: "nobody",
      eventId: "1",
      type: "didComplete",
      refusals: 0,
    });
    await database?.put("outbox", { session: "test", taskKey: "nobody", eventId: 2, type: "didExplode" });
    database?.close();
    await app.open();
  });
  await startDownload(page, "file", "/files/1MB.bin");
  await expectFile(page, "file", await site.sha256("/files/1MB.bin"));
});
