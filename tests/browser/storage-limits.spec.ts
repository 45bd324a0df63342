import type { CDPSession, Page } from "@playwright/test";
import type { ChromiumBrowser } from "../support/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFailure, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

/**
 * Lets the site store so many bytes while it lasts. To be called before the site first uses IndexedDB, which asks
 * rarely how much room there is. What `navigator.storage.estimate()` says is not changed by it.
 */
async function limitStorage(
  { context }: ChromiumBrowser,
  page: TestPage,
  quotaSize: number,
): Promise<CDPSession> {
  const cdp = await context.newCDPSession(page as Page);
  await cdp.send("Storage.overrideQuotaForOrigin", { origin: new URL(page.url()).origin, quotaSize });
  return cdp;
}

test("a download that cannot fit is not begun", async ({ page, site }) => {
  let sentBytes = 0;
  site.route("/huge", (_, response) => {
    const total = 20e12;
    response.writeHead(206, { etag: '"huge"', "content-range": `bytes 0-${total - 1}/${total}` });
    response.write("x".repeat(100_000), () => {
      sentBytes += 100_000;
    });
  });
  await startDownload(page, "huge", "/huge");
  await expectFailure(page, "huge", "storage-full");
  expect(site.requests("/huge")).toHaveLength(1);
  expect(sentBytes).toBeLessThanOrEqual(100_000);
  await expect.poll(() => site.requests("/huge")[0]?.aborted).toBe(true);
  await startDownload(page, "small", "/files/100KB.bin");
  await expectFile(page, "small", await site.sha256("/files/100KB.bin"));
});

test("a download of unknown length that fills the storage keeps what is there", async ({
  page,
  site,
  chromium,
}) => {
  const path = "/files/20MB.bin";
  const url = `${site.crossOrigin}${path}?cors=expose&length=none&throttle=4MB`;
  const limit = await limitStorage(chromium, page, 6_000_000);
  const failed = await page.evaluate(async (url) => {
    const session = await app.open();
    const task = session.downloadTask(url, { id: "full" });
    void task.resume();
    const { error } = await task.completed;
    Object.assign(globalThis, { resumeData: error?.resumeData });
    return { code: error?.code, message: error?.message, hasResumeData: error?.resumeData !== undefined };
  }, url);
  expect(failed).toMatchObject({ code: "storage-full", hasResumeData: true });
  await expectFailure(page, "full", "storage-full");

  await limit.detach();
  await page.evaluate(async () => {
    const { resumeData } = globalThis as unknown as { resumeData: never };
    const session = app.BackgroundSession.current("test");
    await session?.downloadTask({ resumeData }, { id: "rest" }).resume();
  });
  await expectFile(page, "rest", await site.sha256(path));
  const [, offset = 0] = rangesAsked(site, path);
  expect(offset).toBeGreaterThan(1_000_000);
});

test("a task that cannot be stored says so, and the session works on", async ({ page, site, chromium }) => {
  const limit = await limitStorage(chromium, page, 2_000_000);
  const refused = await page.evaluate(async () => {
    const session = await app.open();
    const body = new Blob([new Uint8Array(10_000_000)]);
    const task = session.dataTask({ url: "/echo", method: "POST", body }, { id: "too-large" });
    const code = await task.resume().then(
      () => undefined,
      (error) => error.code,
    );
    return { code, error: (await task.completed).error?.code };
  });
  expect(refused).toEqual({ code: "storage-full", error: "storage-full" });
  await limit.detach();
  await startDownload(page, "good", "/files/100KB.bin");
  await expectFile(page, "good", await site.sha256("/files/100KB.bin"));
  expect(site.requests("/echo")).toEqual([]);
});
