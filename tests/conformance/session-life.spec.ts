import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { thrownBy } from "../support/thrown-by.ts";

// Named after the cases in TestURLSession.swift of swift-corelibs-foundation, which stand before the colon, or after the
// property or method of URLSession that they are about. docs/urlsession.md has the whole table.

test("checkErrorTypeAfterInvalidateAndCancel: the error says cancelled and names its task, whose request has the URL", async ({
  page,
  site,
}) => {
  const ends = await page.evaluate(async () => {
    const session = await app.open();
    const tasks = ["running", "suspended"].map((id) =>
      session.downloadTask("/files/1MB.bin?stall=1KB", { id }),
    );
    await tasks[0]?.resume();
    await session.invalidateAndCancel();
    return Promise.all(
      tasks.map(async (task) => {
        const { error, response, file } = await task.completed;
        const { name, code, message, taskId, identifier } = error ?? {};
        const { url } = task.originalRequest;
        return { name, code, message, taskId, identifier, url, hasResult: Boolean(response || file) };
      }),
    );
  });
  const url = `${site.origin}/files/1MB.bin?stall=1KB`;
  const common = { name: "SessionError", code: "cancelled", identifier: "test", url };
  expect(ends).toMatchObject([
    { ...common, taskId: "running" },
    { ...common, taskId: "suspended" },
  ]);
  for (const { message } of ends) expect(message).toMatch(/cancelled/i);
});

test("taskCountAfterInvalidateAndCancel: no task is left, and resume() of an old one is refused and starts nothing", async ({
  page,
  site,
}) => {
  const counts = await page.evaluate(async () => {
    const session = await app.open();
    const tasks = ["a", "b"].map((id) => session.dataTask(`/text?body=${id}`, { id }));
    const before = session.tasks().length;
    await session.invalidateAndCancel();
    const after = session.tasks().length;
    const codes = await Promise.all(
      tasks.map((task) => task.resume().then(String, (error: { code: string }) => error.code)),
    );
    const states = tasks.map(({ state }) => state);
    const again = (await app.open()).tasks().length;
    return { before, after, again, codes, states };
  });
  expect(counts).toEqual({
    before: 2,
    after: 0,
    again: 0,
    codes: ["session-invalidated", "session-invalidated"],
    states: ["completed", "completed"],
  });
  expect(site.requests("/text")).toEqual([]);
});

for (const end of ["invalidateAndCancel", "finishTasksAndInvalidate", "close"] as const) {
  // Apple's invalid session drops its delegate even if somebody holds the session.
  test(
    `sessionDelegateAfterInvalidateAndCancel: after ${end}() the delegate is released, but with the object (differs)`,
    needs("page-freezing"),
    async ({ chromium, page, site }) => {
      await page.evaluate(async (end) => {
        const delegate = { didComplete: () => {} };
        Object.assign(globalThis, { released: new WeakRef(delegate) });
        const session = await app.open("test", { delegate });
        await session.dataTask("/text?body=x").resume();
        await session[end]();
      }, end);
      await expect
        .poll(async () => {
          await chromium.collectGarbage(page);
          return page.evaluate(
            () => (globalThis as unknown as { released: WeakRef<object> }).released.deref() === undefined,
          );
        })
        .toBe(true);
      expect(site.requests("/text").length).toBeLessThanOrEqual(1);
    },
  );
}

test("getAllTasks: every unfinished task is listed, also one that was never resumed (as Apple documents it)", async ({
  page,
}) => {
  const listed = await page.evaluate(async () => {
    const session = await app.open();
    const names = () => session.tasks().map(({ id, state }) => `${id} ${state}`);
    const seen = [names()];
    const make = (id: string) => session.downloadTask("/files/1MB.bin?stall=1KB", { id });
    const [never, paused, running] = [make("never"), make("paused"), make("running")] as const;
    seen.push(names());
    await Promise.all([paused.resume(), running.resume(), running.resume()]);
    await paused.suspend();
    seen.push(names());
    await never.cancel();
    await never.completed;
    seen.push(names());
    return seen;
  });
  expect(listed).toEqual([
    [],
    ["never suspended", "paused suspended", "running suspended"],
    ["never suspended", "paused suspended", "running running"],
    ["paused suspended", "running running"],
  ]);
});

test("getAllTasks: a task that has completed, failed or was cancelled is not listed", async ({ page }) => {
  const left = await page.evaluate(async () => {
    const session = await app.open();
    const tasks = [
      session.dataTask("/text?body=x"),
      session.dataTask("/text?body=x&cut=0", { retry: { limit: 0 }, timeoutIntervalForResource: 1 }),
      session.dataTask("/text?body=x"),
    ];
    for (const task of tasks.slice(0, 2)) void task.resume();
    void tasks[2]?.cancel();
    const ends = await Promise.all(tasks.map(async ({ completed }) => (await completed).error?.code));
    return { ends, count: session.tasks().length };
  });
  expect(left.count).toBe(0);
  expect(left.ends[0]).toBeUndefined();
  expect(left.ends[1]).toEqual(expect.any(String));
  expect(left.ends[2]).toBe("cancelled");
});

test("getTasksWithCompletion: tasks() lists all kinds in the order of their creation, and kind tells them apart", async ({
  page,
}) => {
  const kinds = await page.evaluate(async () => {
    const session = await app.open();
    session.dataTask("/text?body=x");
    session.uploadTask("/echo", "x");
    const download = session.downloadTask("/files/1MB.bin?stall=1KB");
    await download.resume();
    await download.suspend();
    return session.tasks().map(({ kind }) => kind);
  });
  expect(kinds).toEqual(["data", "upload", "download"]);
});

test("initURLSessionConfiguration: the defaults are those of Apple's background configuration", async ({
  page,
}) => {
  await page.evaluate(async () => void (await app.open()).dataTask("/text?body=x").resume());
  const [session] = await rowsOnDisk(page, "sessions");
  expect(session.configuration).toMatchObject({
    timeoutIntervalForRequest: 60,
    timeoutIntervalForResource: 604_800,
    httpMaximumConnectionsPerHost: 6,
    allowsExpensiveNetworkAccess: true,
    allowsConstrainedNetworkAccess: true,
    isDiscretionary: false,
    sessionSendsLaunchEvents: true,
    httpAdditionalHeaders: {},
  });
});

test("configuration: it is copied when the session is opened, and kept for the next one that opens it without", async ({
  page,
  site,
}) => {
  const send = (id: string) =>
    page.evaluate(async (id) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open());
      const task = session.dataTask("/echo", { id });
      void task.resume();
      await task.completed;
    }, id);
  await page.evaluate(async () => {
    const configuration = { httpAdditionalHeaders: { "x-app": "1" } };
    await app.open("test", { configuration });
    configuration.httpAdditionalHeaders["x-app"] = "2";
  });
  await send("first");
  await page.evaluate(() => app.BackgroundSession.current("test")?.close());
  await send("second");
  await page.reload();
  await send("third");
  expect(site.requests("/echo").map(({ headers }) => headers["x-app"])).toEqual(["1", "1", "1"]);
});

test("background(withIdentifier:): what ended while the app was away is told in order, and DidFinishEvents is last", {
  tag: "@core",
}, async ({ page }) => {
  await page.evaluate(async () => {
    // Without a delegate or handlers its events wait.
    const silent = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js" });
    await silent
      .downloadTask("/files/1KB.bin", { id: "file", completion: { handler: "sent", context: 1 } })
      .resume();
  });
  await expect.poll(() => rowsOnDisk(page, "outbox")).toHaveLength(3);
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  const heard = await page.evaluate(async () => {
    const heard: string[] = [];
    const noted = (text: string) => async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      heard.push(text);
    };
    await new Promise<void>((resolve) => {
      void app.open("test", {
        delegate: {
          didFinishDownloading: noted("didFinishDownloading"),
          didComplete: noted("didComplete"),
          didFinishEvents: () => {
            heard.push("didFinishEvents");
            resolve();
          },
        },
        completionHandlers: { sent: noted("handler") },
      });
    });
    return heard;
  });
  expect(heard).toEqual(["didFinishDownloading", "didComplete", "handler", "didFinishEvents"]);
});

test("a delegate method that Apple's background sessions never call is a TypeError, not silently ignored", async ({
  page,
}) => {
  const calls: Record<string, () => unknown> = {
    willPerformHTTPRedirection: () =>
      app.open("a", { delegate: { willPerformHTTPRedirection() {} } as never }),
    didReceiveResponse: () => app.open("a", { delegate: { didReceiveResponse() {} } as never }),
    didReceiveData: () => app.open("a", { delegate: { didReceiveData() {} } as never }),
  };
  for (const [name, call] of Object.entries(calls))
    expect(await thrownBy(page, call), name).toMatchObject({
      name: "TypeError",
      message: expect.stringContaining(`delegate.${name} is not a delegate method`),
    });
});

test("one session per identifier: the identifier is free again when didBecomeInvalid is called, not before", async ({
  page,
}) => {
  await startDownload(page, "paused", "/files/1MB.bin?stall=1KB");
  const roles = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const early = app.open().then(
      ({ role }) => role,
      (error: { code: string }) => error.code,
    );
    const refused = await early;
    await session?.invalidateAndCancel();
    return { refused, news: app.news.at(-1), next: (await app.open()).role };
  });
  expect(roles).toEqual({ refused: "session-in-use", news: "invalid", next: "owner" });
});
