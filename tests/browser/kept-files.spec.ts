import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload, startTask } from "../support/start-task.ts";
import { endOf } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/6MB.bin";
/** A settled task is swept after 6 s. */
const SWEPT_MS = 8_000;

async function isOnDisk(page: TestPage, id: string): Promise<boolean> {
  return (await rowsOnDisk(page, "tasks")).some((row) => row.id === id);
}

test("a file that the app stored unchanged can be read after its task is gone, and takes no space twice", {
  tag: "@core",
}, async ({ page, site }) => {
  // Slow enough that the first bytes written have left memory.
  await page.evaluate(async (url) => {
    const opening = indexedDB.open("library");
    opening.onupgradeneeded = () => opening.result.createObjectStore("files");
    await new Promise((resolve) => opening.addEventListener("success", resolve));
    const session = await app.open("test", {
      delegate: {
        ...app.delegate,
        async didFinishDownloading(task, file, event) {
          const adding = opening.result.transaction("files", "readwrite");
          adding.objectStore("files").put(file, task.id);
          await new Promise((resolve) => adding.addEventListener("complete", resolve));
          await app.delegate.didFinishDownloading?.(task, file, event);
        },
      },
    });
    await session.downloadTask(url, { id: "episode" }).resume();
  }, `${PATH}?throttle=1MB`);
  await endOf(page, "episode");
  await pause(SWEPT_MS);
  const kept = await page.evaluate(async () => {
    const opening = indexedDB.open("library");
    await new Promise((resolve) => opening.addEventListener("success", resolve));
    const reading = opening.result.transaction("files").objectStore("files").get("episode");
    await new Promise((resolve) => reading.addEventListener("success", resolve));
    opening.result.close();
    return app.sha256(reading.result);
  });
  expect(kept).toBe(await site.sha256(PATH));

  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  await startDownload(page, "next", "/files/1MB.bin");
  await endOf(page, "next");
  await expect.poll(() => isOnDisk(page, "episode")).toBe(false);
});

test("tasks that settle one after the other are all swept", async ({ page }) => {
  const ids = ["first", "second"];
  for (const id of ids) {
    await startTask(page, "dataTask", id, "/echo");
    await endOf(page, id);
    await pause(SWEPT_MS / 2);
  }
  for (const id of ids) await expect.poll(() => isOnDisk(page, id)).toBe(false);
});
