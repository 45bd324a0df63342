import { expect, test } from "../support/fixtures.ts";
import { askOwnWorker } from "../support/own-worker.ts";

test("a session works in the service worker itself, with the daemon in the same realm", async ({
  page,
  site,
}) => {
  expect(await askOwnWorker(page, { say: "download", url: "/files/1MB.bin" })).toEqual({
    events: ["file from-worker 1000000", "complete from-worker ok"],
    role: "owner",
  });
  expect(site.bytesSent("/files/1MB.bin")).toBe(1_000_000);
});
