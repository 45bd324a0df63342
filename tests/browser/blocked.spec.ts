import { expect, test } from "../support/fixtures.ts";
import { activityOf, liveTask } from "../support/live-task.ts";
import { startDownload, startTask } from "../support/start-task.ts";
import { expectFailure, expectFile } from "../support/task-end.ts";

const PATH = "/files/100KB.bin";

test("an answer that CORS hides from this site ends the task and says what to do", async ({ page, site }) => {
  const error = await page.evaluate(async (url) => {
    const session = await app.open();
    const task = session.downloadTask(url, { id: "blocked" });
    void task.resume();
    const { error, file } = await task.completed;
    return { code: error?.code, message: error?.message, hasFile: file !== undefined, id: error?.taskId };
  }, `${site.crossOrigin}${PATH}?cors=none`);
  expect(error).toEqual({
    code: "blocked",
    message: expect.stringContaining(site.crossOrigin),
    hasFile: false,
    id: "blocked",
  });
  expect(error.message).toContain("Access-Control-Allow-Origin");
  expect(error.message).toContain("connect-src");
  await expectFailure(page, "blocked", "blocked");

  const asked = site.requests(PATH).length;
  await startDownload(page, "other", `${PATH}?key=other`);
  await expectFile(page, "other", await site.sha256(PATH));
  expect(site.requests(`${PATH}?cors=none`)).toHaveLength(asked);
});

test("a refused preflight ends the task as blocked", async ({ page, site }) => {
  const url = `${site.crossOrigin}/echo?cors=basic&preflight=fail`;
  await startTask(page, "dataTask", "put", { url, method: "PUT", body: "x" });
  await expectFailure(page, "put", "blocked");
  expect(site.requests(({ method }) => method === "PUT")).toEqual([]);
});

test("a server that is down is waited for, and not taken for one that blocks", async ({ page, site }) => {
  await page.evaluate(async () => void (await app.open()));
  await site.goDown();
  await startDownload(page, "down", `${site.crossOrigin}${PATH}?cors=basic`);
  await expect
    .poll(async () => (await liveTask(page, "down"))?.attempts, { timeout: 30_000 })
    .toBeGreaterThanOrEqual(4);
  await site.comeBack();
  await expectFile(page, "down", await site.sha256(PATH));
});

test("a cross-origin server that goes down during a download is waited for", async ({ page, site }) => {
  await startDownload(page, "down", `${site.crossOrigin}/files/2MB.bin?cors=basic&throttle=1MB`);
  await expect
    .poll(async () => (await liveTask(page, "down"))?.countOfBytesReceived)
    .toBeGreaterThan(500_000);
  await site.goDown();
  await activityOf(page, "down", "waiting-for-network");
  await site.comeBack();
  await expectFile(page, "down", await site.sha256("/files/2MB.bin"));
});

test("cross-origin connections that are reset are not taken for blocks", async ({ page, site }) => {
  await startDownload(page, "reset", `${site.crossOrigin}${PATH}?cors=basic&reset=6`);
  await expectFile(page, "reset", await site.sha256(PATH));
});
