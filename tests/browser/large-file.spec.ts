import { createHash } from "node:crypto";
import { lacks } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { peakBytes } from "../support/peak-bytes.ts";
import { endOf } from "../support/task-end.ts";

const PATH = "/files/1GiB.bin";
const SIZE = 1024 ** 3;
const MIB = 1024 * 1024;

test("a file of 1 GiB is downloaded in no more memory than streaming takes", async ({
  browserApp,
  engine,
  site,
}) => {
  test.slow();
  // Without back-pressure the browser would buffer what is not yet stored, so the server goes no faster than the
  // disk; and the file is passed on in pieces if the engine would buffer it whole.
  const url = lacks(engine, "back-pressure") ? `${PATH}?throttle=60MB` : PATH;
  const pieceBytes = lacks(engine, "streamed-compositions") ? 8 * MIB : SIZE;
  // WebKitGTK gives an origin a smaller quota.
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

  // The page passes the file on as an app would, without reading it: the server computes the digest.
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
  // Firefox frees the memory of stored parts only by the hundred megabytes, whatever the size of the file.
  const boundBytes = engine === "firefox" ? SIZE / 2 : 400e6;
  if (!lacks(engine, "blobs-on-disk")) expect(downloaded - discarded).toBeLessThan(boundBytes);
});
