import type { LogEntry } from "../../src/sw/log.ts";
import { expect, test } from "../support/fixtures.ts";
import { askOwnWorker } from "../support/own-worker.ts";

test("an app's log function that throws ends no task", async ({ page, site }) => {
  const url = "/files/1KB.bin?status=503&times=1";
  expect(await askOwnWorker(page, { say: "download", url })).toMatchObject({
    events: ["file from-worker 1000", "complete from-worker ok"],
  });
  const logged = (await askOwnWorker(page, { say: "log" })) as LogEntry[];
  expect(logged.filter(({ message }) => message.includes("503"))).toHaveLength(1);
  expect(site.requests("/files/1KB.bin")).toHaveLength(2);
});

test("a failure to register the wake-up is logged and harms no task", async ({ page }) => {
  // Workbox keeps its marker in its own database, which somebody else has opened with a newer version.
  await page.evaluate(async () => {
    const opening = indexedDB.open("workbox-background-sync", 99);
    await new Promise((resolve) => {
      opening.onsuccess = resolve;
    });
    opening.result.close();
  });
  expect(await askOwnWorker(page, { say: "download", url: "/files/1KB.bin" })).toMatchObject({
    events: ["file from-worker 1000", "complete from-worker ok"],
  });
  const warnings = async () => {
    const logged = (await askOwnWorker(page, { say: "log" })) as LogEntry[];
    return logged.filter(({ level }) => level === "warning").map(({ message }) => message);
  };
  await expect.poll(async () => (await warnings()).join()).toContain("could not be asked to wake the worker");
});
