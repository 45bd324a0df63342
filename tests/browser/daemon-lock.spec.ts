import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint, rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";

const PATH = "/files/20MB.bin";

test("a worker whose lock is stolen stops at once, and resumes from its checkpoint when it holds the lock again", {
  tag: "@core",
}, async ({ page, site }) => {
  await startDownload(page, "file", `${PATH}?throttle=4MB`);
  await checkpoint(page, "file", 1_000_000);
  // Steals the lock, as does a worker that believes that this one is stuck.
  await page.evaluate(async () => {
    await new Promise<void>((stolen) => {
      const hold = (): Promise<void> => {
        stolen();
        return new Promise((letGo) => Object.assign(globalThis, { letGo }));
      };
      void navigator.locks.request("background-session:/#daemon", { steal: true }, hold);
    });
  });
  await expect.poll(() => site.requests(PATH).map(({ aborted }) => aborted)).toEqual([true]);
  const before = await rowsOnDisk(page, "tasks");
  const { bytesReceived } = before[0];
  await startDownload(page, "made-meanwhile", "/files/1MB.bin");
  await pause(3_000);
  const after = (await rowsOnDisk(page, "tasks")).filter(({ id }) => id === "file");
  expect(after).toEqual(before);
  expect(site.requests(PATH)).toHaveLength(1);
  expect(site.requests("/files/1MB.bin")).toEqual([]);

  await page.evaluate(() => (globalThis as unknown as { letGo: () => void }).letGo());
  await expectFile(page, "file", await site.sha256(PATH));
  await expectFile(page, "made-meanwhile", await site.sha256("/files/1MB.bin"));
  expect(site.requests(PATH).map(({ headers }) => headers.range)).toEqual([
    "bytes=0-",
    `bytes=${bytesReceived}-`,
  ]);
  expect(await endOf(page, "file")).toHaveLength(2);
});
