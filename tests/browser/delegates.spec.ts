import { completion, expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/1MB.bin";

test("a delegate that throws is reported, and other tasks' events are delivered", { tag: "@core" }, async ({
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open("test", {
      delegate: {
        ...app.delegate,
        didFinishDownloading(task, file, event) {
          if (task.id === "bad") throw new Error(`cannot take ${task.id}`);
          return app.delegate.didFinishDownloading?.(task, file, event);
        },
      },
    });
    await session.downloadTask("/files/1MB.bin?key=1", { id: "bad" }).resume();
    await session.downloadTask("/files/1MB.bin?key=2", { id: "good" }).resume();
  });
  await completion(page, "good");
  await expect
    .poll(() => page.evaluate(() => app.reported))
    .toEqual([expect.stringContaining("cannot take bad")]);
  // The task's later event waits behind the one that the delegate refused.
  expect((await page.evaluate(() => app.entries())).map((entry) => entry.id)).toEqual(["good", "good"]);
  expect(await rowsOnDisk(page, "outbox")).toMatchObject([
    { type: "didFinishDownloading", refusals: 1 },
    { type: "didComplete", refusals: 0 },
  ]);
  const refused = (await rowsOnDisk(page, "outbox"))[0].eventId;

  await page.reload();
  await page.evaluate(() => app.open());
  await expectFile(page, "bad", await site.sha256(PATH));
  const noted = await endOf(page, "bad");
  expect(noted[0]?.eventId).toBe(refused);
  expect(site.bytesSent(PATH)).toBe(2_000_000);
});

test("an event that the delegate refuses five times is parked until it is retried", async ({
  page,
  site,
}) => {
  const deliveries: unknown[] = [];
  for (let opening = 0; opening < 6; opening += 1) {
    await page.reload();
    await page.waitForFunction(() => "app" in globalThis);
    deliveries.push(
      ...(await page.evaluate(async (isFirst) => {
        const offered: unknown[] = [];
        const seen = new Promise<void>((resolve) => {
          void app
            .open("test", {
              delegate: {
                ...app.delegate,
                async didFinishDownloading(_task, _file, { eventId, delivery }) {
                  offered.push({ eventId, delivery });
                  if (isFirst) resolve();
                  throw new Error("no");
                },
                didFinishEvents: () => resolve(),
              },
            })
            .then(
              (session) => void (isFirst && session.downloadTask("/files/1MB.bin", { id: "file" }).resume()),
            );
        });
        await seen;
        return offered;
      }, opening === 0)),
    );
    if (opening < 5) {
      await expect.poll(async () => (await rowsOnDisk(page, "outbox"))[0]?.refusals).toBe(opening + 1);
    }
  }
  const eventId = (await rowsOnDisk(page, "outbox"))[0].eventId;
  expect(deliveries).toEqual([1, 2, 3, 4, 5].map((delivery) => ({ eventId, delivery })));

  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  const parked = await page.evaluate(async () => (await app.open()).parkedEvents());
  expect(parked).toMatchObject([{ eventId, type: "didFinishDownloading" }]);
  expect(await page.evaluate(() => app.entries())).toEqual([]);
  await page.evaluate(() => app.BackgroundSession.current("test")?.retryParked());
  await expectFile(page, "file", await site.sha256(PATH));
  const noted = await endOf(page, "file");
  expect(noted[0]?.eventId).toBe(eventId);
  expect(await page.evaluate(() => app.BackgroundSession.current("test")?.parkedEvents())).toEqual([]);
  expect(site.bytesSent(PATH)).toBe(1_000_000);
});

test("a delegate that never settles is reported after 30 s, and other tasks' events are delivered", async ({
  page,
  site,
}) => {
  test.slow();
  await page.evaluate(async () => {
    const hung: (() => void)[] = [];
    Object.assign(globalThis, { hung });
    const session = await app.open("test", {
      delegate: {
        ...app.delegate,
        async didFinishDownloading(task, file, event) {
          await app.delegate.didFinishDownloading?.(task, file, event);
          if (task.id === "hung") await new Promise<void>((resolve) => hung.push(resolve));
        },
      },
    });
    await session.downloadTask("/files/1MB.bin?key=1", { id: "hung" }).resume();
  });
  await page.waitForFunction(() => (globalThis as { hung?: unknown[] }).hung?.length === 1);
  await page.evaluate(() =>
    app.BackgroundSession.current("test")?.downloadTask("/files/1MB.bin?key=2", { id: "other" }).resume(),
  );
  const other = await completion(page, "other", 45_000);
  expect(other.map((entry) => entry.type)).toEqual(["didFinishDownloading", "didComplete"]);
  expect(await page.evaluate(() => app.reported)).toEqual([expect.stringContaining('"hung" for 30 s')]);
  expect((await page.evaluate(() => app.entries())).filter((entry) => entry.id === "hung")).toHaveLength(1);
  // The delegate settles after all: the event is acknowledged, and the task's next event follows.
  await page.evaluate(() => {
    for (const settle of (globalThis as unknown as { hung: (() => void)[] }).hung) settle();
  });
  await expectFile(page, "hung", await site.sha256(PATH));
  expect(site.bytesSent(PATH)).toBe(2_000_000);
});

for (const death of ["reload", "crash", "kill"] as const) {
  test(`an event that was handled but not acknowledged comes again with the same id after a ${death}`, async ({
    browserApp,
    page,
    site,
  }) => {
    await page.evaluate(async () => {
      const session = await app.open("test", {
        delegate: {
          ...app.delegate,
          async didFinishDownloading(task, file, event) {
            await app.delegate.didFinishDownloading?.(task, file, event);
            await new Promise(() => {});
          },
        },
      });
      await session.downloadTask("/files/1MB.bin", { id: "file" }).resume();
    });
    await expect.poll(() => page.evaluate(() => app.entries())).toHaveLength(1);
    let next = page;
    if (death === "reload") {
      await page.reload();
    } else {
      if (death === "crash") await browserApp.crash(page);
      else await browserApp.killAndRestart();
      next = await browserApp.open(site.origin);
    }
    await next.evaluate(() => app.open());
    const noted = await endOf(next, "file");
    expect(noted.map((entry) => entry.type)).toEqual([
      "didFinishDownloading",
      "didFinishDownloading",
      "didComplete",
    ]);
    const eventIds = noted.map((entry) => entry.eventId);
    expect(eventIds[0]).toBe(eventIds[1]);
    expect(new Set(eventIds).size).toBe(2);
    const digest = await site.sha256(PATH);
    expect(noted.slice(0, 2).map((entry) => entry.sha256)).toEqual([digest, digest]);
    expect(site.bytesSent(PATH)).toBe(1_000_000);
  });
}

test("no event is delivered before the caller of open() has its session", async ({ page }) => {
  await startDownload(page, "file", "/files/1KB.bin");
  await page.evaluate(() => app.BackgroundSession.current("test")?.close());
  await startDownloadSilently(page);
  const order = await page.evaluate(async () => {
    const order: string[] = [];
    const offered = new Promise<void>((resolve) => {
      void app
        .open("test", {
          delegate: {
            didComplete: () => void order.push("event"),
            didFinishEvents: () => resolve(),
          },
        })
        .then(() => order.push("opened"));
    });
    await offered;
    return order;
  });
  expect(order[0]).toBe("opened");
  expect(order).toContain("event");
});

async function startDownloadSilently(page: TestPage): Promise<void> {
  await page.evaluate(async () => {
    const silent = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js" });
    const task = silent.downloadTask("/files/1KB.bin?key=silent", { id: "silent" });
    await task.resume();
    await task.completed;
    await silent.close();
  });
}
