import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";

const NAME = "background-session:/";

test("a database connection that is closed under a page is reopened once for all callers, and blocks no upgrade", {
  tag: "@core",
}, async ({ page, site }) => {
  await page.evaluate((name) => {
    const connections: IDBDatabase[] = [];
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...all) {
      const request = open.apply(this, all);
      if (all[0] === name) request.addEventListener("success", () => connections.push(request.result));
      return request;
    };
    Object.assign(globalThis, { connections });
  }, NAME);
  await startDownload(page, "before", "/files/1MB.bin");
  await expectFile(page, "before", await site.sha256("/files/1MB.bin"));

  const opened = await page.evaluate(async () => {
    const { connections } = globalThis as unknown as { connections: IDBDatabase[] };
    const session = app.BackgroundSession.current("test");
    for (const connection of connections.splice(0)) connection.close();
    // Each of these calls finds the connection closed.
    await Promise.all(Array.from({ length: 10 }, () => session?.parkedEvents()));
    return connections.length;
  });
  expect(opened).toBe(1);

  // Another version of the page opens the database with a newer version, and keeps it open.
  const version = await page.evaluate(async (name) => {
    const opening = indexedDB.open(name, 99);
    return new Promise<number>((resolve, reject) => {
      opening.onsuccess = () => {
        resolve(opening.result.version);
        opening.result.close();
      };
      opening.onerror = () => reject(opening.error);
    });
  }, NAME);
  expect(version).toBe(99);
  await startDownload(page, "after", "/files/1MB.bin?key=after");
  await expectFile(page, "after", await site.sha256("/files/1MB.bin"));
});
