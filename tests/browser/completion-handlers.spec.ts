import { completion, expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { startTask } from "../support/start-task.ts";
import { endOf } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

/** Makes a POST that names a handler, in a session without listeners. */
async function postSilently(page: TestPage, handler = "sent", delayMs = 0): Promise<void> {
  await page.evaluate(
    async ([handler, delayMs]) => {
      const session = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js" });
      const request = new Request(`/echo?latency=${delayMs}`, { method: "POST", body: "photo 7" });
      await session
        .dataTask(request, { id: "post", completion: { handler, context: { photo: 7 } } })
        .resume();
    },
    [handler, delayMs] as const,
  );
}

async function expectHandlerOnce(page: TestPage): Promise<void> {
  await completion(page, "post");
  await expect.poll(() => rowsOnDisk(page, "outbox")).toEqual([]);
  const noted = await page.evaluate(() => app.entries());
  expect(noted).toMatchObject([
    { type: "didComplete", id: "post", status: 200 },
    { type: "handler", id: "sent", status: 200, context: { photo: 7 } },
  ]);
  expect(JSON.parse(noted[1]?.text ?? "")).toMatchObject({ method: "POST", bodyText: "photo 7" });
}

test("a named handler gets the result and its context, after didComplete", async ({ page, site }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    const request = new Request("/echo", { method: "POST", body: "photo 7" });
    await session
      .dataTask(request, { id: "post", completion: { handler: "sent", context: { photo: 7 } } })
      .resume();
  });
  await expectHandlerOnce(page);
  expect(site.requests("/echo")).toHaveLength(1);
});

test("a named handler is found and called after a reload", { tag: "@core" }, async ({ page, site }) => {
  await postSilently(page, "sent", 500);
  await page.reload();
  await page.evaluate(() => app.open());
  await expectHandlerOnce(page);
  expect(site.requests("/echo")).toHaveLength(1);
});

test("a named handler is found and called after the page crashed", async ({ browserApp, page, site }) => {
  await postSilently(page, "sent", 500);
  await browserApp.crash(page);
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectHandlerOnce(next);
  // The worker may have shared the page's process: the request was then sent again, with the same key.
  const keys = site.requests("/echo").map((request) => request.headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(1);
});

test("a named handler is found and called after the browser was killed", async ({
  browserApp,
  page,
  site,
}) => {
  await postSilently(page);
  await expect.poll(() => rowsOnDisk(page, "outbox")).toHaveLength(2);
  await browserApp.killAndRestart();
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectHandlerOnce(next);
  expect(site.requests("/echo")).toHaveLength(1);
});

test("a handler that is not registered waits for a page that registers it, and holds nothing else up", async ({
  page,
}) => {
  await postSilently(page, "later");
  await expect.poll(() => rowsOnDisk(page, "outbox")).toHaveLength(2);
  await page.reload();
  await page.evaluate(() => app.open());
  await completion(page, "post");
  await expect.poll(() => page.evaluate(() => app.news)).toEqual(["finished events"]);
  expect(await rowsOnDisk(page, "outbox")).toMatchObject([{ type: "completionHandler", refusals: 0 }]);

  await page.reload();
  await page.evaluate(() => app.open("test", { completionHandlers: { later: app.sent } }));
  await expectHandlerOnce(page);
});

test("a handler that throws is called again at the next open, and so is one whose page dies while it runs", async ({
  page,
}) => {
  await postSilently(page);
  await expect.poll(() => rowsOnDisk(page, "outbox")).toHaveLength(2);
  await page.reload();
  await page.evaluate(() =>
    app.open("test", {
      completionHandlers: {
        sent() {
          throw new Error("the album is locked");
        },
      },
    }),
  );
  await expect
    .poll(() => page.evaluate(() => app.reported))
    .toEqual([expect.stringContaining("the album is locked")]);
  await page.reload();
  await page.evaluate(() => app.open("test", { completionHandlers: { sent: () => new Promise(() => {}) } }));
  await expect
    .poll(async () => (await rowsOnDisk(page, "outbox")).map((event) => event.refusals))
    .toEqual([1]);
  await page.reload();
  await page.evaluate(() => app.open());
  await expectHandlerOnce(page);
});

test("a handler of a download gets the file, whose bytes stay until the handler is done", async ({
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open("test", {
      completionHandlers: {
        async keep(result, context, { eventId }) {
          const { file } = result;
          if (file === undefined) throw new Error("no file");
          await app.note({
            type: "handler",
            eventId,
            id: "keep",
            context,
            sizeBytes: file.size,
            sha256: await app.sha256(file),
          });
        },
      },
    });
    await session
      .downloadTask("/files/10MB.bin", { id: "file", completion: { handler: "keep", context: [1, 2] } })
      .resume();
  });
  const noted = await endOf(page, "file");
  expect(noted.map((entry) => entry.type)).toEqual(["didFinishDownloading", "didComplete"]);
  const [handled] = (await page.evaluate(() => app.entries())).filter((entry) => entry.type === "handler");
  expect(handled).toMatchObject({
    context: [1, 2],
    sizeBytes: 10_000_000,
    sha256: await site.sha256("/files/10MB.bin"),
  });
  // WebKit keeps the bytes as long as a script holds the file; then they go when the next task settles.
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  await startTask(page, "dataTask", "next", "/echo");
  await expect.poll(() => rowsOnDisk(page, "parts"), { timeout: 15_000 }).toEqual([]);
  expect(site.bytesSent("/files/10MB.bin")).toBe(10_000_000);
});

test("a handler that is added later gets what waits for it, until it is taken away", async ({ page }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    for (const handler of ["late", "never"])
      await session.dataTask("/echo", { id: handler, completion: { handler, context: handler } }).resume();
  });
  await expect.poll(() => rowsOnDisk(page, "outbox")).toMatchObject([{}, {}]);
  const calls = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const calls: unknown[] = [];
    const called = new Promise<void>((resolve) => {
      const remove = session?.addCompletionHandler("late", (result, context) => {
        calls.push([context, result.response?.status]);
        remove?.();
        resolve();
      });
    });
    await called;
    await session?.dataTask("/echo", { id: "again", completion: { handler: "late" } }).resume();
    return calls;
  });
  expect(calls).toEqual([["late", 200]]);
  await completion(page, "again");
  await expect
    .poll(async () => (await rowsOnDisk(page, "outbox")).map(({ type }) => type))
    .toEqual(["completionHandler", "completionHandler"]);
  await page.reload();
  const again = await page.evaluate(async () => {
    const session = await app.open();
    return new Promise<unknown>((resolve) => {
      session.addCompletionHandler("late", (result) => resolve(result.response?.status));
    });
  });
  expect(again).toBe(200);
});

test("a handler that is added to a session to which nobody listens gets its own results, and the others wait", async ({
  page,
}) => {
  await page.evaluate(async () => {
    const session = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js" });
    const completion = { handler: "late" };
    await session.dataTask("/echo", { id: "other" }).resume();
    await session.dataTask("/echo", { id: "own", completion }).resume();
  });
  await expect.poll(() => rowsOnDisk(page, "outbox")).toMatchObject([{}, {}, {}]);
  const status = await page.evaluate(
    () =>
      new Promise<unknown>((resolve) => {
        const session = app.BackgroundSession.current("test");
        session?.addCompletionHandler("late", ({ response }) => resolve(response?.status));
      }),
  );
  expect(status).toBe(200);
  await expect.poll(() => rowsOnDisk(page, "outbox")).toMatchObject([{ type: "didComplete" }]);
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  const told = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const delegate = { didComplete: ({ id }: { id: string }) => resolve(id) };
        void app.BackgroundSession.open("test", { serviceWorker: "/sw.js", delegate });
      }),
  );
  expect(told).toBe("other");
});

test("the context of an unfinished task can be read after a reload", async ({ page }) => {
  await postSilently(page, "sent", 60_000);
  await page.reload();
  const contexts = await page.evaluate(async () => {
    const session = await app.open();
    const other = session.dataTask("/echo", { id: "other" });
    return Promise.all([...session.tasks(), other].map((task) => session.contextOf(task)));
  });
  expect(contexts).toEqual([{ photo: 7 }, undefined, undefined]);
});
