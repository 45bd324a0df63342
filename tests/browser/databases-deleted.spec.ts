import { expect, test } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { KINDS_OF_WORKER, test as withoutServiceWorkers } from "../support/without-service-workers.ts";

// An app deletes every database of its origin while a session is open, as many apps do at logout.

/** The databases without the journal, which belongs to the test. */
function databasesOf(page: TestPage): Promise<string[]> {
  return page.evaluate(async () => {
    const all = await indexedDB.databases();
    return all.flatMap(({ name }) => (name === undefined || name === "journal" ? [] : [name])).sort();
  });
}

/** Deletes them all at once. @returns the outcome of each deletion; one that is blocked never settles */
function deleteAll(page: TestPage, names: readonly string[]): Promise<string[]> {
  return page.evaluate((names) => {
    const deleteOne = (name: string) =>
      new Promise<string>((resolve) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = () => resolve("deleted");
        request.onerror = () => resolve(String(request.error));
        setTimeout(resolve, 10_000, `${name} is blocked`);
      });
    return Promise.all(names.map(deleteOne));
  }, names);
}

async function expectDeletion(page: TestPage): Promise<void> {
  const names = await databasesOf(page);
  expect(names).toContain("background-session:/");
  expect(await deleteAll(page, names)).toEqual(names.map(() => "deleted"));
}

async function expectNewTask(page: TestPage, id: string, sha256: string): Promise<void> {
  await startDownload(page, id, `/files/1MB.bin?key=${id}`);
  await expectFile(page, id, sha256);
}

/** Workbox's database exists as soon as there was work. */
async function workOnce(page: TestPage): Promise<void> {
  await startDownload(page, "before", "/files/20MB.bin?throttle=4MB");
  await checkpoint(page, "before");
  await expect.poll(() => databasesOf(page)).toContain("workbox-background-sync");
}

test("every database can be deleted during a download, and the next task runs", {
  tag: "@core",
}, async ({ page, site }) => {
  await workOnce(page);
  await expectDeletion(page);
  await expectNewTask(page, "after", await site.sha256("/files/1MB.bin"));
  const noted = await page.evaluate(() => app.entries());
  expect(noted.filter(({ id }) => id === "before")).toMatchObject([{ error: "storage-lost" }]);
});

test("every database can be deleted after close(), and the next session runs its tasks", async ({
  page,
  site,
}) => {
  await workOnce(page);
  await page.evaluate(() => app.BackgroundSession.current("test")?.close());
  await expectDeletion(page);
  await expectNewTask(page, "after", await site.sha256("/files/1MB.bin"));
});

test("a task that waits after the databases were deleted has the marker that wakes the worker again", async ({
  page,
  site,
}) => {
  await workOnce(page);
  await expectDeletion(page);
  await page.evaluate(async () => {
    const earliestBeginDate = new Date(Date.now() + 3_600_000);
    const session = app.BackgroundSession.current("test");
    await session?.downloadTask("/files/1MB.bin", { id: "later", earliestBeginDate }).resume();
  });
  const markers = () =>
    page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const opening = indexedDB.open("workbox-background-sync");
          opening.onsuccess = () => {
            const database = opening.result;
            if (!database.objectStoreNames.contains("requests")) return resolve(-1);
            const count = database.transaction("requests").objectStore("requests").count();
            count.onsuccess = () => resolve(count.result);
            database.close();
          };
        }),
    );
  await expect.poll(() => databasesOf(page)).toContain("workbox-background-sync");
  await expect.poll(markers).toBe(1);
  expect(site.requests("/files/1MB.bin")).toEqual([]);
});

for (const [name, lacks] of KINDS_OF_WORKER) {
  withoutServiceWorkers.describe(`without service workers, in ${name},`, () => {
    withoutServiceWorkers.use({ lacks });

    withoutServiceWorkers("every database can be deleted, and the next task runs", async ({ page, site }) => {
      await startDownload(page, "before", "/files/20MB.bin?throttle=4MB");
      await checkpoint(page, "before");
      await expectDeletion(page);
      await expectNewTask(page, "after", await site.sha256("/files/1MB.bin"));
    });
  });
}
