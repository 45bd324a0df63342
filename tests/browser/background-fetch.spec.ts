import { abortRegistrations, isOfTheBrowser, registrations } from "../support/background-fetches.ts";
import { completion, expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload, startTask } from "../support/start-task.ts";
import { expectFailure, expectFile } from "../support/task-end.ts";

test.use({ needed: ["background-fetch"] });

/** After its start, Chromium takes some seconds to begin the first background fetch. */
const PATIENCE = { timeoutMs: 60_000 };
const INSISTING = { configuration: { transport: "background-fetch" } } as const;

test("a session that insists on Background Fetch has the browser fetch its downloads", async ({
  page,
  site,
}) => {
  const file = "/files/10MB.bin?throttle=5MB";
  await startDownload(page, "one", file, INSISTING);
  const transport = () => page.evaluate(() => app.BackgroundSession.current("test")?.task("one")?.transport);
  await expect.poll(transport).toEqual({ way: "background-fetch", reason: "asked-for" });
  await expectFile(page, "one", await site.sha256(file), PATIENCE);
  expect(site.requests(file).map(isOfTheBrowser)).toEqual([true]);
  expect(await registrations(page)).toEqual([]);
});

test("progress of the browser's own fetch is reported while a page is open", async ({ page, site }) => {
  const file = "/files/10MB.bin?throttle=2MB";
  await startDownload(page, "one", file, INSISTING);
  const counts = () =>
    page.evaluate(() => app.BackgroundSession.current("test")?.task("one")?.countOfBytesReceived ?? 0);
  await expect.poll(counts, { timeout: 40_000 }).toBeGreaterThan(1_000_000);
  await expectFile(page, "one", await site.sha256(file), PATIENCE);
});

test("twelve tasks at once go in one registration, and each gets its own file", async ({ page, site }) => {
  const files = Array.from({ length: 12 }, (_, n) => `/files/${n + 1}00KB.bin?throttle=1MB`);
  await page.evaluate(async (files) => {
    const session = await app.open("test", { configuration: { transport: "background-fetch" } });
    for (const [n, file] of files.entries()) void session.downloadTask(file, { id: `task-${n}` }).resume();
  }, files);
  await expect
    .poll(() =>
      rowsOnDisk(page, "tasks").then((rows) => new Set(rows.map((row) => row.backgroundFetch?.id)).size),
    )
    .toBe(1);
  for (const [n, file] of files.entries()) {
    await expectFile(page, `task-${n}`, await site.sha256(file), { timeoutMs: 80_000 });
    expect(site.requests(file).map(isOfTheBrowser)).toEqual([true]);
  }
});

test("a sixth registration waits until one of the five that an origin may have has ended", async ({
  chromium,
  page,
  site,
}) => {
  test.slow();
  const files = Array.from({ length: 6 }, (_, n) => `/files/3MB.bin?throttle=1MB&seed=${n + 1}`);
  await page.evaluate(() => app.open("test", { configuration: { transport: "background-fetch" } }));
  for (const [n, file] of files.slice(0, 5).entries()) {
    await chromium.click(page);
    await startDownload(page, `task-${n}`, file);
    await expect.poll(async () => (await registrations(page)).length).toBe(n + 1);
  }
  await chromium.click(page);
  await startDownload(page, "task-5", files[5] ?? "");
  const activity = () => page.evaluate(() => app.BackgroundSession.current("test")?.task("task-5")?.activity);
  await expect.poll(activity).toBe("waiting-for-page");
  expect(await registrations(page)).toHaveLength(5);
  for (const [n, file] of files.entries()) {
    await expectFile(page, `task-${n}`, await site.sha256(file), { timeoutMs: 100_000 });
  }
});

test("an upload goes in one request, and its answer is kept", async ({ page, site }) => {
  await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { transport: "background-fetch" } });
    const body = new Blob([new Uint8Array(2_000_000).fill(7)]);
    await session.uploadTask("/echo", body, { id: "up" }).resume();
  });
  const [entry] = await completion(page, "up", 60_000);
  expect(entry).toMatchObject({ type: "didComplete", status: 200 });
  expect(JSON.parse(entry?.text ?? "null")).toMatchObject({ method: "POST", bodyBytes: 2_000_000 });
  expect(site.requests("/echo").map(isOfTheBrowser)).toEqual([true]);
});

test("after an error status the worker repeats the request to get the body", async ({ page, site }) => {
  await startDownload(page, "one", "/status/404", INSISTING);
  const entries = await completion(page, "one", 60_000);
  expect(entries.at(-1)).toMatchObject({ status: 404 });
  expect(site.requests("/status/404").map(isOfTheBrowser)).toEqual([true, false]);
  expect(entries.find(({ type }) => type === "didFinishDownloading")?.sizeBytes).toBeGreaterThan(0);
});

test("a download that the user cancels in the browser's own UI ends with user-cancelled", async ({
  page,
  site,
}) => {
  const file = "/files/10MB.bin?throttle=500KB";
  await startDownload(page, "one", file, INSISTING);
  await expect.poll(() => site.requests(file).length, { timeout: 40_000 }).toBe(1);
  await abortRegistrations(page);
  await expectFailure(page, "one", "user-cancelled");
});

test("cancelling a task ends the browser's fetch, and in a shared registration leaves the other tasks alone", async ({
  chromium,
  page,
  site,
}) => {
  const files = ["/files/10MB.bin?throttle=1MB", "/files/3MB.bin?throttle=1MB"];
  await page.evaluate(async (files) => {
    const session = await app.open("test", { configuration: { transport: "background-fetch" } });
    for (const [n, file] of files.entries()) void session.downloadTask(file, { id: `task-${n}` }).resume();
  }, files);
  await expect.poll(() => site.requests(files[0] ?? "").length, { timeout: 40_000 }).toBe(1);
  const ids = () => registrations(page);
  const before = await ids();
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("task-0")?.cancel());
  expect(await ids()).toEqual(before);
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("task-1")?.suspend());
  await expect.poll(ids).toEqual([]);
  await expectFailure(page, "task-0", "cancelled");
  // A tab may start one fetch without a user gesture, and another after a click.
  await chromium.click(page);
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("task-1")?.resume());
  await expectFile(page, "task-1", await site.sha256(files[1] ?? ""), PATIENCE);
});

const IMPOSSIBLE = {
  credentials: { url: "/files/1KB.bin", credentials: "omit" },
  preflight: {
    url: "OTHER/files/1KB.bin?cors=expose&preflight=ok",
    headers: { "x-own": "1" },
    credentials: "include",
  },
} as const;

for (const [name, request] of Object.entries(IMPOSSIBLE)) {
  test(`insisting on Background Fetch fails and says why if it is impossible: ${name}`, async ({
    page,
    site,
  }) => {
    const url = request.url.replace("OTHER", site.crossOrigin);
    await page.evaluate(
      async (request) => {
        const session = await app.open("test", { configuration: { transport: "background-fetch" } });
        await session.downloadTask(request, { id: "one" }).resume();
      },
      { ...request, url },
    );
    await expectFailure(page, "one", "transport-unavailable");
    expect(site.requests("/files/1KB.bin")).toEqual([]);
  });
}

test("data tasks run in the worker even if the session insists on Background Fetch", async ({
  page,
  site,
}) => {
  await startTask(page, "dataTask", "one", "/text?body=hello", INSISTING);
  await completion(page, "one");
  expect(site.requests("/text?body=hello").map(isOfTheBrowser)).toEqual([false]);
});

test("stopping the worker during a background fetch changes nothing", async ({ page, browserApp, site }) => {
  const file = "/files/10MB.bin?throttle=2MB";
  await startDownload(page, "one", file, INSISTING);
  await expect.poll(() => site.requests(file).length, { timeout: 40_000 }).toBe(1);
  await browserApp.stopWorkers(page);
  await expectFile(page, "one", await site.sha256(file), PATIENCE);
  expect(site.requests(file)).toHaveLength(1);
});

test("a server that is down for a while, and a connection that breaks, change nothing", async ({
  page,
  site,
}) => {
  const file = "/files/10MB.bin?throttle=2MB&cut=4MB&cutTimes=1";
  await startDownload(page, "one", file, INSISTING);
  await expect.poll(() => site.bytesSent(file), { timeout: 40_000 }).toBeGreaterThan(4_500_000);
  await site.goDown();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await site.comeBack();
  await expectFile(page, "one", await site.sha256(file), { timeoutMs: 80_000 });
});
