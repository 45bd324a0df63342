import { expect, test } from "../support/fixtures.ts";
import { askOwnWorker } from "../support/own-worker.ts";

test("the resource timings of the app's own worker are still there after the daemon's transfers", {
  tag: "@core",
}, async ({ page }) => {
  await askOwnWorker(page, { say: "fetch", url: "/echo?of-the-app" });
  await askOwnWorker(page, { say: "download", url: "/files/1KB.bin" });
  const names = (await askOwnWorker(page, { say: "timings" })) as string[];
  expect(names.filter((name) => name.endsWith("/echo?of-the-app"))).toHaveLength(1);
});
