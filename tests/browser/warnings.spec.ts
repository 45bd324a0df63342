import { completion, expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import type { TestPage } from "../support/test-browser.ts";

// The console says once for each cause if an app waits for something without knowing it.

declare global {
  var warnings: string[];
}

/** Collects the page's warnings from now on. */
async function listen(page: TestPage): Promise<void> {
  await page.evaluate(() => {
    globalThis.warnings = [];
    const { warn } = console;
    console.warn = (...all: unknown[]) => {
      warnings.push(all.join(" "));
      warn(...all);
    };
  });
}

function warningsOf(page: TestPage): Promise<string[]> {
  return page.evaluate(() => warnings);
}

/** Starts to open a session and does not await it. */
async function beginToOpen(page: TestPage, serviceWorker: string | undefined): Promise<void> {
  await page.evaluate((serviceWorker) => {
    globalThis.ended = undefined;
    app.open("test", { serviceWorker }).then(
      () => {
        globalThis.ended = "open";
      },
      ({ code }) => {
        globalThis.ended = code;
      },
    );
  }, serviceWorker);
}

declare global {
  var ended: string | undefined;
}

test("open() warns that it waits for a registration before it gives up", { tag: "@core" }, async ({
  page,
}) => {
  await listen(page);
  await beginToOpen(page, undefined);
  await expect.poll(() => warningsOf(page)).toHaveLength(1);
  const [text] = await warningsOf(page);
  expect(text).toContain("waits for a service worker to be registered");
  expect(text).toContain('serviceWorker: "/sw.js"');
  expect(await page.evaluate(() => globalThis.ended)).toBeUndefined();
  await expect.poll(() => page.evaluate(() => globalThis.ended)).toBe("daemon-missing");
  // One warning is enough.
  await beginToOpen(page, undefined);
  await expect.poll(() => page.evaluate(() => globalThis.ended)).toBe("daemon-missing");
  expect(await warningsOf(page)).toHaveLength(1);
});

test("open() warns of a worker that does not answer before it gives up", async ({ page, site }) => {
  test.slow();
  site.serve("/empty.js", { body: "addEventListener('message', () => {})" });
  await listen(page);
  await beginToOpen(page, "/empty.js");
  await expect.poll(() => warningsOf(page)).toHaveLength(1);
  const [text] = await warningsOf(page);
  expect(text).toContain(`${site.origin}/empty.js`);
  expect(text).toContain("startDaemon()");
  expect(await page.evaluate(() => globalThis.ended)).toBeUndefined();
  await expect.poll(() => page.evaluate(() => globalThis.ended), { timeout: 60_000 }).toBe("daemon-missing");
});

test("open() says so if the worker that does not answer has a successor that waits", async ({
  page,
  site,
}) => {
  const script = "addEventListener('message', () => {})";
  site.serve("/empty.js", { body: script });
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.register("/empty.js");
    while (registration.active?.state !== "activated")
      await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await page.reload();
  site.serve("/empty.js", { body: `${script} // newer` });
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.update();
    while (registration?.waiting == null) await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await listen(page);
  await beginToOpen(page, undefined);
  await expect.poll(() => warningsOf(page)).toHaveLength(1);
  const [text] = await warningsOf(page);
  expect(text).toMatch(/\/empty\.js does not answer\. A newer worker waits.*skipWaiting\(\)/);
});

test("a missing completion handler is named when the task is made and when its result waits", async ({
  page,
}) => {
  await listen(page);
  await page.evaluate(async () => {
    const session = await app.open();
    for (const id of ["1", "2"]) {
      const completion = { handler: "snet", context: {} };
      await session.dataTask(`/files/1KB.bin?key=${id}`, { id, completion }).resume();
    }
    const completion = { handler: "sent", context: {} };
    await session.dataTask("/files/1KB.bin?key=3", { id: "3", completion }).resume();
  });
  await expect.poll(() => warningsOf(page)).toHaveLength(2);
  await expect
    .poll(() =>
      page.evaluate(async () => (await app.entries()).filter(({ type }) => type === "handler").length),
    )
    .toBe(1);
  const [made, waits, ...more] = await warningsOf(page);
  expect(more).toEqual([]);
  for (const text of [made, waits]) expect(text).toContain('"snet"');
  expect(made).toContain("unless another page or your worker's launch has it");
  expect(waits).toContain("waits");
});

for (const listeners of ["a delegate", "completion handlers alone"])
  test(`with ${listeners}, the questions of tasks that nobody answers are warned of once each`, async ({
    page,
  }) => {
    await listen(page);
    await page.evaluate(async (listeners) => {
      const asking = await app.open("test", {
        delegate: { willBeginDelayedRequest: async () => "continue" },
      });
      const earliestBeginDate = Date.now() + 1_000;
      for (const id of ["late", "later"])
        await asking.dataTask("/files/1KB.bin", { id, earliestBeginDate }).resume();
      await asking.close();
      const { delegate, sent } = app;
      const session = await app.BackgroundSession.open("test", {
        serviceWorker: "/sw.js",
        ...(listeners === "a delegate" ? { delegate } : { completionHandlers: { sent } }),
      });
      for (const id of ["1", "2"])
        await session.dataTask("/files/1KB.bin?status=401", { id, challengeStatuses: [401] }).resume();
    }, listeners);
    await expect.poll(() => rowsOnDisk(page, "outbox")).toHaveLength(4);
    const warned = async () => (await warningsOf(page)).toSorted();
    await expect
      .poll(warned)
      .toEqual(
        ["didReceiveChallenge", "willBeginDelayedRequest"].map(
          (name) =>
            `background-session: A task waits for the delegate's ${name}, which this session does not have.`,
        ),
      );
  });

test("nothing is warned of if nothing is wrong", async ({ page }) => {
  await listen(page);
  // A session without a delegate or handlers only makes tasks for others.
  await page.evaluate(async () => {
    const session = await app.BackgroundSession.open("makes only", { serviceWorker: "/sw.js" });
    const completion = { handler: "elsewhere", context: {} };
    await session.dataTask("/files/1KB.bin", { completion }).resume();
    const asking = session.dataTask("/files/1KB.bin?status=401", { challengeStatuses: [401] });
    await asking.resume();
    while (asking.activity !== "needs-authorization") await new Promise((resolve) => setTimeout(resolve, 50));
  });
  await startDownload(page, "file", "/files/1MB.bin");
  await completion(page, "file");
  expect(await warningsOf(page)).toEqual([]);
});
