import { createHash } from "node:crypto";
import { lacks } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { endOf } from "../support/task-end.ts";
import type { TestBrowser } from "../support/test-browser.ts";

const PATH = "/files/1GiB.bin";
const SIZE = 1024 ** 3;
const MIB = 1024 * 1024;

/** Runs `work` and returns the most memory that all processes of the browser had meanwhile. */
async function peakBytes(browser: TestBrowser, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  let isOver = false;
  const watch = async (): Promise<void> => {
    while (!isOver) {
      peak = Math.max(peak, await browser.residentBytes());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const watching = watch();
  try {
    await work();
  } finally {
    isOver = true;
    await watching;
  }
  return peak;
}

test("a file of 1 GiB is downloaded in the memory that its bytes take to pass by", async ({
  browserApp,
  engine,
  site,
}) => {
  test.slow();
  // No faster than the disk, where the browser would hold what it has not stored yet; and handed on in pieces, where it
  // would hold the whole.
  const url = lacks(engine, "back-pressure") ? `${PATH}?throttle=60MB` : PATH;
  const pieceBytes = lacks(engine, "streamed-compositions") ? 8 * MIB : SIZE;
  // WebKitGTK gives an origin less.
  await browserApp.closeAndRestart({ quotaBytes: 8 * SIZE });
  const page = await browserApp.open(site.origin);
  const digest = site.sha256(PATH);
  await page.evaluate(() => app.open());
  const discarded = await peakBytes(browserApp, () =>
    page.evaluate(async () => {
      const reader = (await fetch("/files/1GiB.bin?key=discarded")).body?.getReader();
      while (reader !== undefined && !(await reader.read()).done);
    }),
  );

  // The page hands the file on as an app would, without looking at it: the server makes the digest.
  const received = createHash("sha256");
  let receivedBytes = 0;
  site.route("/library", async (request, response) => {
    for await (const chunk of request) {
      received.update(chunk);
      receivedBytes += chunk.length;
    }
    response.writeHead(204).end();
  });
  await page.evaluate(() => app.BackgroundSession.current("test")?.close());
  const downloaded = await peakBytes(browserApp, async () => {
    await page.evaluate(
      async ([url, pieceBytes]) => {
        const session = await app.open("test", {
          delegate: {
            ...app.delegate,
            async didFinishDownloading(task, file, event) {
              for (let start = 0; start < file.size; start += pieceBytes) {
                await fetch("/library", { method: "POST", body: file.slice(start, start + pieceBytes) });
              }
              await app.delegate.didFinishDownloading?.(task, file, event);
            },
          },
        });
        await session.downloadTask(url, { id: "large" }).resume();
      },
      [url, pieceBytes] as const,
    );
    await endOf(page, "large", 150_000);
  });

  expect(receivedBytes).toBe(SIZE);
  expect(received.digest("hex")).toBe(await digest);
  expect((await endOf(page, "large")).map((entry) => [entry.type, entry.sizeBytes])).toEqual([
    ["didFinishDownloading", SIZE],
    ["didComplete", undefined],
  ]);
  expect(site.bytesSent((request) => request.url === url)).toBe(SIZE);
  // Firefox collects the memory of stored parts by the hundred megabytes, however large the file is.
  const boundBytes = engine === "firefox" ? SIZE / 2 : 400e6;
  if (!lacks(engine, "blobs-on-disk")) expect(downloaded - discarded).toBeLessThan(boundBytes);
});
