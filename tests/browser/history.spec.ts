import type { HistoryOptions } from "../../src/app/index.ts";
import { completion, expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import type { TestPage } from "../support/test-browser.ts";

const KEEPS = { keepsHistory: true } as const;

/** Opens the session and runs a GET for each id, one after the other. */
async function run(page: TestPage, ids: readonly string[], configuration: object = KEEPS): Promise<void> {
  await page.evaluate(
    async ([ids, configuration]) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open("test", { configuration }));
      for (const id of ids) {
        const task = session.dataTask(`/files/1KB.bin?key=${id}`, { id, description: `task ${id}` });
        const { completed } = task;
        await task.resume();
        await completed;
      }
    },
    [ids, configuration] as const,
  );
}

/** Waits until every event is settled, and a sweep has deleted what need not stay. */
async function swept(page: TestPage): Promise<void> {
  const rest = async () =>
    (await rowsOnDisk(page, "tasks")).filter((row) => "settledAt" in row || !("past" in row));
  await expect.poll(() => rowsOnDisk(page, "outbox"), { timeout: 30_000 }).toEqual([]);
  await expect.poll(rest, { timeout: 30_000 }).toEqual([]);
}

/** Reloads the page and opens the session. In WebKit, files stay on disk as long as a script of the page holds them. */
async function reopen(page: TestPage): Promise<void> {
  await expect.poll(() => rowsOnDisk(page, "outbox"), { timeout: 30_000 }).toEqual([]);
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  await page.evaluate(async () => void (await app.open("test")));
}

/** The ids in the history of the session, which is opened if it is not. */
function historyOf(page: TestPage, options: Omit<HistoryOptions, "before"> = {}): Promise<string[]> {
  return page.evaluate(async (options) => {
    const session = app.BackgroundSession.current("test") ?? (await app.open("test"));
    return (await session.history(options)).map(({ id }) => id);
  }, options);
}

test("finished tasks are in the history after a reload, without their bodies, the newest first", {
  tag: "@core",
}, async ({ page }) => {
  await run(page, ["a", "b"]);
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const file = session?.downloadTask("/files/1MB.bin", { id: "file", group: "files" });
    await file?.resume();
  });
  await completion(page, "file");
  await reopen(page);
  await swept(page);
  expect(await rowsOnDisk(page, "parts")).toEqual([]);
  const shown = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test") ?? (await app.open("test"));
    const tasks = await session.history();
    const shown = [];
    for (const task of tasks) {
      const { response, file, error } = await task.completed;
      await Promise.all([task.resume(), task.suspend(), task.cancel()]);
      const text = await response?.text();
      shown.push({
        ...app.describe(task),
        group: task.group,
        url: task.originalRequest.url,
        isInOrder: Number(task.createdAt) <= Number(task.finishedAt),
        completed: {
          status: response?.status,
          type: response?.headers.get("content-length"),
          text,
          file,
          error,
        },
      });
    }
    return { shown, unfinished: session.tasks().length, isFound: session.task("a") !== undefined };
  });
  const head = (length: number) => ({ status: 200, type: String(length), text: "" });
  const origin = new URL(page.url()).origin;
  expect(shown).toMatchObject({
    shown: [
      {
        id: "file",
        group: "files",
        state: "completed",
        countOfBytesReceived: 1_000_000,
        url: `${origin}/files/1MB.bin`,
        completed: head(1_000_000),
      },
      { id: "b", description: "task b", state: "completed", completed: head(1_000), isInOrder: true },
      { id: "a", description: "task a", state: "completed", completed: head(1_000), isInOrder: true },
    ],
    unfinished: 0,
    isFound: false,
  });
  for (const { completed } of shown.shown)
    expect([completed.file, completed.error]).toEqual([undefined, undefined]);
});

test("the history is filtered by the end of a task, its group and its queue, and is read page by page", async ({
  page,
}) => {
  const read = await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { keepsHistory: true } });
    const refused = session.dataTask("/status/404", { id: "refused", group: "g", queue: "q" });
    const failed = session.dataTask("/files/1KB.bin", { id: "failed", queue: "q", after: ["unknown"] });
    const cancelled = session.dataTask("/files/1KB.bin?key=c", { id: "cancelled", group: "g" });
    const ends = [refused, failed, cancelled].map((task) => task.completed);
    await Promise.all([refused.resume(), failed.resume()]);
    await cancelled.cancel();
    await Promise.all(ends);
    // All of them end in one transaction.
    const many = Array.from({ length: 12 }, (_, index) =>
      session.dataTask("/files/1KB.bin", { id: `many ${index}`, group: "many" }),
    );
    const manyEnds = many.map((task) => task.completed);
    await session.group("many").cancel();
    await Promise.all(manyEnds);
    const ids = async (options: Parameters<typeof session.history>[0]) =>
      (await session.history(options)).map(({ id }) => id).sort();
    const pages: string[][] = [];
    for (let last: Parameters<typeof session.retry>[0] | undefined; ; ) {
      const tasks = await session.history({ group: "many", limit: 5, ...(last && { before: last }) });
      if (tasks.length === 0) break;
      pages.push(tasks.map(({ id }) => id));
      last = tasks.at(-1);
    }
    const [newest] = await session.history({ limit: 1 });
    return {
      succeeded: await ids({ state: "succeeded" }),
      failed: await ids({ state: "failed" }),
      cancelled: (await ids({ state: "cancelled", group: "g" })).concat(
        await ids({ state: "cancelled", queue: "q" }),
      ),
      queue: await ids({ queue: "q" }),
      both: await ids({ queue: "q", group: "g" }),
      late: await ids({ before: 1_000 }),
      early: (await ids({ before: new Date(Number(newest?.finishedAt) + 1) })).length,
      sizes: pages.map((one) => one.length),
      all: new Set(pages.flat()).size,
    };
  });
  expect(read).toEqual({
    succeeded: ["refused"],
    failed: ["failed"],
    cancelled: ["cancelled"],
    queue: ["failed", "refused"],
    both: ["refused"],
    late: [],
    early: 15,
    sizes: [5, 5, 2],
    all: 12,
  });
});

test("reading the history does not start the worker", async ({ browserApp, page }) => {
  await run(page, ["a"]);
  await swept(page);
  const daemons = () =>
    page.evaluate(async () => {
      const { held = [] } = await navigator.locks.query();
      return held.filter(({ name }) => name?.endsWith("#daemon")).length;
    });
  expect(await daemons()).toBe(1);
  await browserApp.stopWorkers(page);
  await expect.poll(daemons).toBe(0);
  for (let times = 0; times < 5; times += 1) {
    expect(await historyOf(page)).toEqual(["a"]);
    expect(await historyOf(page, { state: "failed" })).toEqual([]);
    expect(await daemons()).toBe(0);
  }
  await run(page, ["b"]);
  expect(await daemons()).toBe(1);
});

test("a forgotten task is out of the history at once, and off the disk when its events are settled", async ({
  page,
}) => {
  await run(page, ["a", "b"]);
  await swept(page);
  const after = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const [b] = (await session?.history()) ?? [];
    if (session === undefined || b === undefined) throw new Error("There is no history.");
    await session.forget(b);
    const unfinished = session.dataTask("/files/1KB.bin", { id: "unfinished" });
    const error = await session
      .forget(unfinished)
      .catch((thrown: Error) => `${thrown.name}: ${thrown.message}`);
    await unfinished.cancel();
    return { left: (await session.history()).map(({ id }) => id), error };
  });
  expect(after).toEqual({
    left: expect.arrayContaining(["a"]),
    error: 'TypeError: Task "unfinished" is not finished; cancel it first.',
  });
  expect(after.left).not.toContain("b");
  expect((await rowsOnDisk(page, "tasks")).map(({ id }) => id)).not.toContain("b");
});

test("a task that is forgotten before its events are delivered is still delivered", async ({ page }) => {
  const left = await page.evaluate(async () => {
    // Nobody takes the events.
    const options = { configuration: { keepsHistory: true } };
    const session = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js", ...options });
    const task = session.downloadTask("/files/1MB.bin", { id: "early" });
    const { completed } = task;
    await task.resume();
    await completed;
    const before = (await session.history()).length;
    await session.forget(task);
    const after = (await session.history()).length;
    await session.close();
    return [before, after];
  });
  expect(left).toEqual([1, 0]);
  await page.evaluate(async () => void (await app.open("test")));
  const notes = await completion(page, "early");
  expect(notes.map(({ type }) => type)).toEqual(["didFinishDownloading", "didComplete"]);
  await reopen(page);
  await expect.poll(() => rowsOnDisk(page, "tasks"), { timeout: 30_000 }).toEqual([]);
  expect(await rowsOnDisk(page, "parts")).toEqual([]);
});

for (const keepsHistory of [true, false])
  test(`a failed POST is repeated with its large body and forgotten in the same turn (keepsHistory: ${keepsHistory})`, async ({
    engine,
    page,
  }) => {
    const echo = await page.evaluate(async (keepsHistory) => {
      const session = await app.open("test", { configuration: { keepsHistory } });
      const request = { url: "/echo?after=cut&afterTimes=1", method: "POST", body: "x".repeat(300_000) };
      const task = session.dataTask(request, { id: "old", retry: { unsafe: false } });
      const ended = task.completed;
      void task.resume();
      const { error } = await ended;
      while ((await app.rows("outbox")).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
      const next = session.retry(task, { id: "new" });
      const { completed } = next;
      await session.forget(task);
      const rows = (await app.rows("tasks")).map(({ id }) => id).sort();
      void next.resume();
      const { response } = await completed;
      return { error: error?.code, rows, ...(await response?.json()) };
    }, keepsHistory);
    // In WebKit the copy of the body is read from the one that it was made of.
    const rows = engine === "webkit" ? ["new", "old"] : ["new"];
    expect(echo).toMatchObject({ error: "network-lost", rows, method: "POST", bodyBytes: 300_000 });
  });

test("a task of the history is repeated; one whose body is deleted ends with file-missing", async ({
  page,
  site,
}) => {
  await run(page, ["get"]);
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const task = session?.dataTask({ url: "/echo", method: "POST", body: "hello" }, { id: "post" });
    await task?.resume();
    await task?.completed;
  });
  await swept(page);
  const asked = site.requests("/echo").length;
  const ends = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const ends: Record<string, unknown> = {};
    for (const task of (await session?.history()) ?? []) {
      const next = session?.retry(task);
      const completed = next?.completed;
      void next?.resume();
      const { response, error } = (await completed) ?? {};
      ends[task.id] = error?.code ?? (await response?.arrayBuffer())?.byteLength;
    }
    return ends;
  });
  expect(ends).toEqual({ get: 1_000, post: "file-missing" });
  expect(site.requests("/echo")).toHaveLength(asked);
});

test("a task leaves the history with the retention time, and its row the disk when the worker starts", async ({
  browserApp,
  page,
}) => {
  await run(page, ["a"], { ...KEEPS, retention: 15 });
  expect(await historyOf(page)).toEqual(["a"]);
  await expect.poll(() => historyOf(page), { timeout: 30_000 }).toEqual([]);
  await browserApp.stopWorkers(page);
  await run(page, ["b"]);
  const kept = async () => (await rowsOnDisk(page, "tasks")).map(({ id }) => id);
  await expect.poll(kept, { timeout: 30_000 }).toEqual(["b"]);
});

test("a session that keeps no history says how to switch it on, and leaves no rows", async ({ page }) => {
  await run(page, ["a"], {});
  const error = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    return session?.history().catch((thrown: Error) => `${thrown.name}: ${thrown.message}`);
  });
  expect(error).toMatch(/^TypeError: .*keepsHistory: true/);
  expect((await rowsOnDisk(page, "tasks")).filter((row) => "past" in row || "keepsHistory" in row)).toEqual(
    [],
  );
  await expect.poll(() => rowsOnDisk(page, "tasks"), { timeout: 30_000 }).toEqual([]);
});

test("deleting a session deletes its history", async ({ page }) => {
  await run(page, ["a"]);
  await swept(page);
  await page.evaluate(() => app.BackgroundSession.delete("test", { serviceWorker: "/sw.js" }));
  expect(await rowsOnDisk(page, "tasks")).toEqual([]);
});
