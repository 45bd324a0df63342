import { controlFromAnotherTab, stateOfFile } from "../support/control-from.ts";
import { expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { MOST_SENT_AGAIN_BYTES } from "../support/sent-again.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/20MB.bin";

function roleOf(page: TestPage): Promise<string | undefined> {
  return page.evaluate(() => app.BackgroundSession.current("test")?.role);
}

test("two tabs are one owner and one observer, and only the owner gets events", { tag: "@core" }, async ({
  browserApp,
  page,
  site,
}) => {
  const observer = await browserApp.open(site.origin);
  await page.evaluate(() => app.open());
  await observer.evaluate(() => app.open());
  expect([await roleOf(page), await roleOf(observer)]).toEqual(["owner", "observer"]);

  await startDownload(page, "file", `${PATH}?throttle=10MB`);
  await expect
    .poll(() =>
      observer.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.progress.fraction),
    )
    .toBeGreaterThan(0.1);
  const seen = await observer.evaluate(async () => {
    const { file, error } = (await app.BackgroundSession.current("test")?.task("file")?.completed) ?? {};
    return { sizeBytes: file?.size, sha256: file && (await app.sha256(file)), error: error?.code };
  });
  expect(seen).toEqual({ sizeBytes: 20_000_000, sha256: await site.sha256(PATH), error: undefined });

  await expectFile(page, "file", await site.sha256(PATH));
  const noted = await endOf(page, "file");
  const owner = await page.evaluate(() => app.realm);
  expect(noted.map((entry) => entry.realm)).toEqual([owner, owner]);
  expect(site.bytesSent(PATH)).toBe(20_000_000);
});

test("an observer suspends, resumes and cancels, and the owner sees it", async ({
  browserApp,
  page,
  site,
}) => {
  const observer = await controlFromAnotherTab(page, browserApp, site, PATH);
  await observer.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.cancel());
  const noted = await endOf(page, "file");
  expect(noted).toMatchObject([{ type: "didComplete", error: "cancelled" }]);
  expect(await stateOfFile(page)).toBe("gone");
  await expect.poll(() => rowsOnDisk(page, "parts"), { timeout: 15_000 }).toEqual([]);
});

test("an observer makes a task, and the owner gets its events", async ({ browserApp, page, site }) => {
  await page.evaluate(() => app.open());
  const observer = await browserApp.open(site.origin);
  const seen = await observer.evaluate(async () => {
    const session = app.BackgroundSession.current("test") ?? (await app.open());
    const task = session.downloadTask("/files/1MB.bin", { id: "file" });
    await task.resume();
    const { file, error, response } = await task.completed;
    return [session.role, file?.size, error?.code, response?.status];
  });
  expect(seen).toEqual(["observer", 1_000_000, undefined, 200]);
  await expectFile(page, "file", await site.sha256("/files/1MB.bin"));
  const noted = await endOf(page, "file");
  expect(noted[0]?.realm).toBe(await page.evaluate(() => app.realm));
  expect(site.bytesSent("/files/1MB.bin")).toBe(1_000_000);
});

for (const [end, how] of [
  ["closed", "close"],
  ["crashed", "crash"],
] as const) {
  test(`an observer is promoted when the owner is ${end}, and gets the events that the owner did not`, async ({
    browserApp,
    page,
    site,
  }) => {
    await startDownload(page, "file", `${PATH}?throttle=10MB`);
    const observer = await browserApp.open(site.origin);
    await observer.evaluate(() => app.open());
    expect(await roleOf(observer)).toBe("observer");
    if (how === "close") await page.close();
    else await browserApp.crash(page);
    await expect.poll(() => roleOf(observer)).toBe("owner");
    await expectFile(observer, "file", await site.sha256(PATH));
    const noted = await endOf(observer, "file");
    expect(noted.map((entry) => entry.realm)).toEqual(
      Array(2).fill(await observer.evaluate(() => app.realm)),
    );
    const news = await observer.evaluate(() => app.news);
    expect(news.filter((line) => !line.startsWith("resumed"))).toEqual(["owner"]);
    // A worker that shared the crashed page's process had to start again.
    const lost = how === "crash" ? MOST_SENT_AGAIN_BYTES : 0;
    expect(site.bytesSent(PATH)).toBeLessThanOrEqual(20_000_000 + lost);
  });
}

test("events that the owner acknowledged do not come again to the promoted observer", async ({
  browserApp,
  page,
  site,
}) => {
  await startDownload(page, "first", "/files/1MB.bin");
  await expectFile(page, "first", await site.sha256("/files/1MB.bin"));
  const observer = await browserApp.open(site.origin);
  await observer.evaluate(() => app.open());
  await page.close();
  await expect.poll(() => roleOf(observer)).toBe("owner");
  await startDownload(observer, "second", "/files/1MB.bin?key=2");
  await expectFile(observer, "second", await site.sha256("/files/1MB.bin"));
  expect(await observer.evaluate(() => app.entries())).toHaveLength(4);
  expect(site.bytesSent("/files/1MB.bin")).toBe(2_000_000);
});

test('onBusy "fail" rejects with session-in-use while another tab is the owner', async ({
  browserApp,
  page,
  site,
}) => {
  await page.evaluate(() => app.open());
  const second = await browserApp.open(site.origin);
  const code = await second.evaluate(() =>
    app.open("test", { onBusy: "fail" }).then(
      () => "opened",
      (error) => error.code,
    ),
  );
  expect(code).toBe("session-in-use");
  await page.close();
  await expect
    .poll(() =>
      second.evaluate(() =>
        app.open("test", { onBusy: "fail" }).then(
          (session) => session.role,
          (error) => error.code,
        ),
      ),
    )
    .toBe("owner");
});

test('onBusy "wait" opens when the owner closes its session, and its signal aborts the wait', async ({
  browserApp,
  page,
  site,
}) => {
  await page.evaluate(() => app.open());
  const second = await browserApp.open(site.origin);
  const reason = await second.evaluate(() => {
    const controller = new AbortController();
    const opening = app.open("test", { onBusy: "wait", signal: controller.signal });
    setTimeout(() => controller.abort(new Error("changed my mind")), 200);
    return opening.then(
      () => "opened",
      (error) => error.message,
    );
  });
  expect(reason).toBe("changed my mind");

  const opened = second.evaluate(async () => (await app.open("test", { onBusy: "wait" })).role);
  const waiting = () =>
    second.evaluate(async () => {
      const { pending = [] } = await navigator.locks.query();
      return pending.filter(({ name }) => name?.includes("#owner:")).length;
    });
  await expect.poll(waiting).toBe(1);
  await page.evaluate(() => app.BackgroundSession.current("test")?.close());
  expect(await opened).toBe("owner");
});

test('onBusy "take-over" invalidates the old owner, and the new one gets its events', async ({
  browserApp,
  page,
  site,
}) => {
  await startDownload(page, "file", `${PATH}?throttle=10MB`);
  const second = await browserApp.open(site.origin);
  expect(await second.evaluate(async () => (await app.open("test", { onBusy: "take-over" })).role)).toBe(
    "owner",
  );
  await expect.poll(() => page.evaluate(() => app.news)).toEqual(["invalid session-taken-over"]);
  const thrown = await page.evaluate(async () => {
    const reopened = await app.open();
    return reopened.role;
  });
  expect(thrown).toBe("observer");
  await expectFile(second, "file", await site.sha256(PATH));
  const noted = await endOf(second, "file");
  expect(noted[0]?.realm).toBe(await second.evaluate(() => app.realm));
  expect(site.bytesSent(PATH)).toBe(20_000_000);
});
