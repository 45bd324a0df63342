import { gzipSync } from "node:zlib";
import type { Destination } from "../../src/protocol/destination.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { filesOf, foundAt, received, sizesSeen, startPlaced } from "../support/placed.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { endOf, expectFile } from "../support/task-end.ts";

const PATH = "/files/6MB.bin";
const COMPLETE = [expect.objectContaining({ type: "didComplete", status: 200 })];

test("an offline page is served from the cache that the download filled", async ({ page, site }) => {
  const html = `<title>Offline</title>${"<p>text</p>".repeat(1_000)}`;
  site.route("/article", (_, response) => {
    const body = gzipSync(html);
    response.writeHead(200, {
      "content-type": "text/html;charset=utf-8",
      "content-encoding": "gzip",
      "content-length": body.length,
      vary: "*",
      "x-kept": "yes",
    });
    response.end(body);
  });
  const headers = { "X-Added": "1", "content-type": "text/html", vary: "*" };
  await startPlaced(page, "article", "/article#top", { cache: "pages", headers });
  expect(await endOf(page, "article")).toEqual(COMPLETE);
  // Chromium refuses an encoded body that it asked for by range, and the daemon asks again.
  const asked = site.requests("/article").length;
  const served = await foundAt(page, { cache: "pages", key: "/article" });
  expect(served).toMatchObject({
    sha256: sha256Of(html),
    headers: { "x-kept": "yes", "x-added": "1", "content-type": "text/html" },
  });
  expect(served?.headers).not.toHaveProperty("vary");
  expect(served?.headers).not.toHaveProperty("content-encoding");
  expect(served?.headers?.["content-length"]).toBe(String(html.length));
  // What a fetch handler of the app gives the page: a document.
  const title = await page.evaluate(async () => {
    const text = await (await caches.match("/article"))?.text();
    return new DOMParser().parseFromString(text ?? "", "text/html").title;
  });
  expect(title).toBe("Offline");
  expect(site.requests("/article")).toHaveLength(asked);
  expect(await rowsOnDisk(page, "parts")).toEqual([]);
});

test("a file is placed with its directories, and the completion handler gets the head of the response", async ({
  page,
  site,
}) => {
  const task = await page.evaluate(async (url) => {
    const session = await app.open();
    const task = session.downloadTask(url, {
      id: "file",
      destination: { opfs: "podcasts/42/épisode 1.mp3" },
      completion: { handler: "sent" },
    });
    void task.resume();
    const { file, response } = await task.completed;
    return { hasFile: file !== undefined, status: response?.status, ...app.describe(task) };
  }, PATH);
  expect(task).toMatchObject({
    hasFile: false,
    status: 200,
    error: undefined,
    countOfBytesReceived: 6_000_000,
    countOfBytesExpectedToReceive: 6_000_000,
  });
  expect(await endOf(page, "file")).toEqual(COMPLETE);
  expect(await endOf(page, "file")).toHaveLength(1);
  const handled = async () => (await page.evaluate(() => app.entries())).filter(({ id }) => id === "sent");
  await expect.poll(handled).toMatchObject([{ type: "handler", status: 200 }]);
  const sha256 = await site.sha256(PATH);
  expect(await foundAt(page, { opfs: "podcasts/42/épisode 1.mp3" })).toEqual({
    sizeBytes: 6_000_000,
    sha256,
  });
  expect(await filesOf(page)).toEqual(["podcasts/42/épisode 1.mp3"]);
  expect(await rowsOnDisk(page, "parts")).toEqual([]);
});

test("a file that is there is replaced, and a cache entry too", async ({ page, site }) => {
  const places: Destination[] = [{ opfs: "file" }, { cache: "files", key: "/file" }];
  for (const [n, place] of places.entries()) {
    for (const seed of [1, 2]) {
      const id = `${n}-${seed}`;
      await startPlaced(page, id, `/files/1MB.bin?seed=${seed}`, place);
      expect(await endOf(page, id)).toEqual(COMPLETE);
      const sha256 = await site.sha256(`/files/1MB.bin?seed=${seed}`);
      expect(await foundAt(page, place)).toMatchObject({ sizeBytes: 1_000_000, sha256 });
    }
  }
});

test("an answer that is not 2xx is not placed", async ({ page }) => {
  await startPlaced(page, "missing", "/status/404", { opfs: "missing" });
  expect(await endOf(page, "missing")).toMatchObject([
    { type: "didFinishDownloading" },
    { type: "didComplete", status: 404 },
  ]);
  expect(await filesOf(page)).toEqual([]);
});

test("what does not match its integrity is not placed, and what matches is", async ({ page, site }) => {
  const sha256 = await site.sha256(PATH);
  const good = `sha256-${Buffer.from(sha256, "hex").toString("base64")}`;
  const bad = `sha256-${"A".repeat(43)}=`;
  for (const [id, integrity] of Object.entries({ good, bad }))
    await startPlaced(page, id, { url: PATH, integrity }, { opfs: id });
  expect(await endOf(page, "good")).toEqual(COMPLETE);
  expect(await endOf(page, "bad")).toMatchObject([{ type: "didComplete", error: "integrity-mismatch" }]);
  expect(await foundAt(page, { opfs: "good" })).toMatchObject({ sha256 });
  expect(await filesOf(page)).toEqual(["good"]);
});

test("a download that was resumed by range is placed as a whole", async ({ browserApp, page, site }) => {
  await startPlaced(page, "resumed", `${PATH}?throttle=2MB`, { cache: "files", key: "/resumed" });
  await expect.poll(() => rowsOnDisk(page, "tasks").then(([row]) => row?.bytesReceived)).toBeGreaterThan(0);
  await browserApp.stopWorkers(page);
  expect(await endOf(page, "resumed")).toMatchObject([{ type: "didComplete", status: 200 }]);
  expect(await foundAt(page, { cache: "files", key: "/resumed" })).toMatchObject({
    sha256: await site.sha256(PATH),
    headers: { "content-length": "6000000" },
  });
  expect(site.requests(PATH)).toHaveLength(2);
});

/** Takes a while to place, so that a kill comes before the end. */
const LARGE = "/files/200MB.bin";
const LARGE_BYTES = 200_000_000;
const PLACES = { "a file": { opfs: "large/file" }, "a cache entry": { cache: "large", key: "/large" } };

for (const [what, place] of Object.entries(PLACES)) {
  test(`a worker that is stopped while it places ${what} leaves nothing of it, and the next one places it`, {
    tag: "opfs" in place ? "@core" : [],
  }, async ({ browserApp, page, site }) => {
    test.slow();
    await startPlaced(page, "large", LARGE, place);
    const seen = sizesSeen(page, "large", place);
    await received(page, "large");
    await browserApp.stopWorkers(page);
    expect(await endOf(page, "large", 80_000)).toEqual(COMPLETE);
    expect(await seen).toEqual([0, LARGE_BYTES]);
    expect(await foundAt(page, place)).toMatchObject({ sha256: await site.sha256(LARGE) });
    expect(site.requests(LARGE)).toHaveLength(1);
    expect(await filesOf(page)).toEqual("opfs" in place ? [place.opfs] : []);
    expect(await rowsOnDisk(page, "parts")).toEqual([]);
  });

  test(`a browser that is killed while it places ${what} leaves nothing of it, and the next page completes it`, {
    tag: "cache" in place ? "@core" : [],
  }, async ({ browserApp, page, site }) => {
    test.slow();
    await startPlaced(page, "large", LARGE, place);
    await received(page, "large");
    await browserApp.killAndRestart();
    const next = await browserApp.open(site.origin);
    expect(await foundAt(next, place)).toBeUndefined();
    await next.evaluate(() => app.open());
    expect(await endOf(next, "large", 80_000)).toEqual(COMPLETE);
    expect(await foundAt(next, place)).toMatchObject({ sha256: await site.sha256(LARGE) });
    expect(site.requests(LARGE)).toHaveLength(1);
    expect(await filesOf(next)).toEqual("opfs" in place ? [place.opfs] : []);
  });

  test(`a task that is suspended while it is placed leaves no part of ${what}, and resume() places it`, async ({
    page,
    site,
  }) => {
    test.slow();
    await startPlaced(page, "large", LARGE, place);
    await received(page, "large");
    await page.evaluate(() => app.BackgroundSession.current("test")?.task("large")?.suspend());
    const row = await rowsOnDisk(page, "tasks");
    expect(row).toMatchObject([{ state: "suspended", isReceived: true }]);
    await expect.poll(() => filesOf(page)).toEqual([]);
    expect(await foundAt(page, place)).toBeUndefined();
    await page.evaluate(() => app.BackgroundSession.current("test")?.task("large")?.resume());
    expect(await endOf(page, "large", 80_000)).toEqual(COMPLETE);
    expect(await foundAt(page, place)).toMatchObject({ sizeBytes: LARGE_BYTES });
    expect(site.requests(LARGE)).toHaveLength(1);
  });

  test(`a task that is cancelled while it is placed leaves no part of ${what}`, async ({ page }) => {
    test.slow();
    await startPlaced(page, "large", LARGE, place);
    await received(page, "large");
    await page.evaluate(() => app.BackgroundSession.current("test")?.task("large")?.cancel());
    expect(await endOf(page, "large")).toMatchObject([{ type: "didComplete", error: "cancelled" }]);
    expect(await foundAt(page, place)).toBeUndefined();
    await expect.poll(() => filesOf(page)).toEqual([]);
  });
}

test("if a directory has the name, the task says so, keeps the bytes, and goes on elsewhere without a request", async ({
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await root.getDirectoryHandle("taken", { create: true });
  });
  await startPlaced(page, "taken", PATH, { opfs: "taken" });
  await startPlaced(page, "below", `${PATH}?seed=2`, { opfs: "taken" });
  const ends = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const errors: { code?: string; message?: string; hasData: boolean }[] = [];
    const tasks = ["taken", "below"].map((id) => session?.task(id));
    const results = await Promise.all(tasks.map((task) => task?.completed));
    for (const result of results)
      errors.push({
        ...(result?.error && { code: result.error.code, message: result.error.message }),
        hasData: result?.error?.resumeData !== undefined,
      });
    if (session === undefined || tasks[0] === undefined) throw new Error("no session");
    // The one is retried at another place, the other goes on when the name is free.
    const again = session.retry(tasks[0], { id: "again", destination: { opfs: "free/file" } });
    void again.resume();
    await again.completed;
    const root = await navigator.storage.getDirectory();
    await root.removeEntry("taken");
    const resumeData = results[1]?.error?.resumeData;
    if (resumeData === undefined) throw new Error("no resume data");
    const rest = session.downloadTask({ resumeData }, { id: "rest" });
    void rest.resume();
    await rest.completed;
    return errors;
  });
  const failed = {
    code: "destination-failed",
    message: expect.stringMatching(/"taken" in the origin private file system: a directory has the name/),
    hasData: true,
  };
  expect(ends).toEqual([failed, failed]);
  for (const id of ["again", "rest"]) expect(await endOf(page, id)).toEqual(COMPLETE);
  expect(await foundAt(page, { opfs: "free/file" })).toMatchObject({ sha256: await site.sha256(PATH) });
  expect(await foundAt(page, { opfs: "taken" })).toMatchObject({
    sha256: await site.sha256(`${PATH}?seed=2`),
  });
  expect(site.requests(PATH)).toHaveLength(2);
});

test("a file that a script has open for writing is not replaced, and the task says so", async ({ page }) => {
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle("open", { create: true });
    Object.assign(globalThis, { writable: await handle.createWritable() });
  });
  await startPlaced(page, "file", PATH, { opfs: "open" });
  expect(await endOf(page, "file")).toMatchObject([{ type: "didComplete", error: "destination-failed" }]);
  const [row] = await rowsOnDisk(page, "tasks");
  expect(row.failure.message).toMatch(/a script has the file open for writing\. Close it, and go on/);
  expect(await foundAt(page, { opfs: "open" })).toMatchObject({ sizeBytes: 0 });
  expect(await filesOf(page)).not.toContainEqual(expect.stringContaining(".background-session"));
});

test("a retry keeps the destination", async ({ page }) => {
  const place = { cache: "files", key: "/kept", headers: { "x-kept": "1" } };
  await page.evaluate(async (destination) => {
    const session = await app.open();
    const task = session.downloadTask("/files/1MB.bin", { destination });
    await task.cancel();
    await task.completed;
    const again = session.retry(task);
    void again.resume();
    await again.completed;
  }, place);
  expect(await foundAt(page, place)).toMatchObject({ sizeBytes: 1_000_000, headers: { "x-kept": "1" } });
});

test("a destination that is not allowed is a TypeError that says what is right", async ({ page }) => {
  const messages = await page.evaluate(async () => {
    const session = await app.open();
    const thrown = (make: () => unknown) => {
      try {
        make();
        return "made";
      } catch (error) {
        return String(error);
      }
    };
    const made = (destination: unknown) =>
      thrown(() => session.downloadTask("/echo", { destination: destination as never }));
    const other = { destination: { opfs: "file" } } as object;
    return {
      both: made({ cache: "a", opfs: "b" }),
      path: made({ opfs: "../file" }),
      key: made({ cache: "a", key: "blob:x" }),
      headers: made({ cache: "a", headers: { "a b": "c" } }),
      data: thrown(() => session.dataTask("/echo", other)),
      upload: thrown(() => session.uploadTask("/echo", "body", other)),
    };
  });
  expect(messages).toEqual({
    both: "TypeError: destination must be { cache, key?, headers? } or { opfs }.",
    path: expect.stringMatching(/^TypeError: destination\.opfs must be a relative path/),
    key: expect.stringMatching(/^TypeError: destination\.key must be a string with an http: or https: URL/),
    headers: expect.stringMatching(/^TypeError: destination\.headers must be header names and their values/),
    data: expect.stringMatching(/^TypeError: destination is not an option of data tasks/),
    upload: expect.stringMatching(/^TypeError: destination is not an option of upload tasks/),
  });
});

test("an own worker without destinations is a TypeError that names the import", async ({ page }) => {
  const message = await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/own-worker.js" });
    try {
      session.downloadTask("/files/1MB.bin", { destination: { opfs: "file" } });
      return "made";
    } catch (error) {
      return String(error);
    }
  });
  expect(message).toMatch(/^TypeError: .*import \{ destinations \} from "background-session\/destinations"/);
});

test.describe("with Background Fetch", () => {
  test.use({ needed: ["background-fetch"] });

  test("what the browser fetched is placed like everything else", async ({ page, site }) => {
    await page.evaluate(async (url) => {
      const session = await app.open("test", { configuration: { transport: "background-fetch" } });
      await session.downloadTask(url, { id: "file", destination: { opfs: "file" } }).resume();
    }, `${PATH}?throttle=5MB`);
    expect(await endOf(page, "file", 60_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
    expect(await foundAt(page, { opfs: "file" })).toMatchObject({ sha256: await site.sha256(PATH) });
  });
});

test.describe("with a small disk", () => {
  test.use({ ownBrowser: true });

  for (const [what, place] of Object.entries(PLACES)) {
    test(`if ${what} does not fit, the bytes are kept and placed when there is space, without a request`, {
      ...needs("counted-blobs"),
    }, async ({ browserApp, site }) => {
      test.slow();
      // Firefox uses some of it for every database. The file fits once, but not twice.
      await browserApp.closeAndRestart({ quotaBytes: 11_000_000 });
      const page = await browserApp.open(site.origin);
      await startPlaced(page, "full", PATH, place);
      expect(await endOf(page, "full")).toMatchObject([{ type: "didComplete", error: "storage-full" }]);
      expect(await foundAt(page, place)).toBeUndefined();
      const resumeData = await page.evaluate(async () => {
        const [row] = await app.rows("tasks");
        return row && { version: 1, session: "test", key: row.key, request: row.request };
      });
      await browserApp.closeAndRestart();
      const next = await browserApp.open(site.origin);
      await next.evaluate(async (data) => {
        const session = await app.open();
        await session.downloadTask({ resumeData: data as never }, { id: "rest" }).resume();
      }, resumeData);
      expect(await endOf(next, "rest")).toEqual(COMPLETE);
      expect(await foundAt(next, place)).toMatchObject({ sha256: await site.sha256(PATH) });
      expect(site.requests(PATH)).toHaveLength(1);
    });
  }
});

test("a download without a destination is delivered as ever beside one that has one", async ({
  page,
  site,
}) => {
  await startPlaced(page, "placed", `${PATH}?seed=2`, { opfs: "file" });
  await page.evaluate(
    (url) => app.BackgroundSession.current("test")?.downloadTask(url, { id: "plain" }).resume(),
    PATH,
  );
  await expectFile(page, "plain", await site.sha256(PATH));
  expect(await endOf(page, "placed")).toEqual(COMPLETE);
});
