import { randomBytes } from "node:crypto";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { startUpload } from "../support/start-upload.ts";
import { expectFailure, expectFile } from "../support/task-end.ts";

test.use({ ownBrowser: true });

/** Firefox uses some of it for every database. */
const LITTLE = { quotaBytes: 8_000_000 };

test("a download that cannot fit does not begin", async ({ page, site }) => {
  let sentBytes = 0;
  site.route("/huge", (_, response) => {
    const total = 20e12;
    response.writeHead(206, { etag: '"huge"', "content-range": `bytes 0-${total - 1}/${total}` });
    response.write("x".repeat(100_000), () => {
      sentBytes += 100_000;
    });
  });
  await startDownload(page, "huge", "/huge");
  await expectFailure(page, "huge", "storage-full");
  expect(site.requests("/huge")).toHaveLength(1);
  expect(sentBytes).toBeLessThanOrEqual(100_000);
  await expect.poll(() => site.requests("/huge")[0]?.aborted).toBe(true);
  await startDownload(page, "small", "/files/100KB.bin");
  await expectFile(page, "small", await site.sha256("/files/100KB.bin"));
});

test("a download of unknown length that cannot fit by what the app expects does not begin", async ({
  page,
}) => {
  const code = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.downloadTask("/files/1MB.bin?length=none&ranges=none", {
      countOfBytesClientExpectsToReceive: 20e12,
    });
    const { completed } = task;
    void task.resume();
    return (await completed).error?.code;
  });
  expect(code).toBe("storage-full");
  expect(await rowsOnDisk(page, "parts")).toEqual([]);
});

for (const [how, end] of [
  ["quits", "closeAndRestart"],
  ["is killed", "killAndRestart"],
] as const) {
  test(`a download that fills the storage resumes once there is space again, after the browser ${how}`, {
    tag: how === "quits" ? [] : "@core",
    ...needs("counted-blobs"),
  }, async ({ browserApp, site }) => {
    test.slow();
    await browserApp.closeAndRestart(LITTLE);
    const page = await browserApp.open(site.origin);
    const path = "/files/20MB.bin";
    await startDownload(page, "small", "/files/1MB.bin");
    await expectFile(page, "small", await site.sha256("/files/1MB.bin"));
    // Its length is unknown: a download that is known not to fit does not begin. The first second's bytes always fit,
    // even in what Firefox leaves.
    const url = `${site.crossOrigin}${path}?cors=expose&length=none&throttle=2MB`;
    const failed = await page.evaluate(async (url) => {
      const task = app.BackgroundSession.current("test")?.downloadTask(url, { id: "full" });
      void task?.resume();
      const error = (await task?.completed)?.error;
      return { code: error?.code, resumeData: error?.resumeData };
    }, url);
    expect(failed).toEqual({ code: "storage-full", resumeData: expect.anything() });
    await expectFailure(page, "full", "storage-full");
    // A download that is smaller than the remaining space is still stored.
    await startDownload(page, "other", "/files/10KB.bin");
    await expectFile(page, "other", await site.sha256("/files/10KB.bin"));

    await browserApp[end]();
    const next = await browserApp.open(site.origin);
    await next.evaluate(async (resumeData) => {
      const session = await app.open();
      await session.downloadTask({ resumeData: resumeData as never }, { id: "rest" }).resume();
    }, failed.resumeData);
    await expectFile(next, "rest", await site.sha256(path));
    const [, offset = 0] = rangesAsked(site, path);
    expect(offset).toBeGreaterThan(1_000_000);
  });
}

for (const protocol of [undefined, "tus"] as const) {
  test(`an upload that cannot be stored says so, and the session works on: ${protocol ?? "one request"}`, {
    ...needs("counted-blobs"),
  }, async ({ browserApp, site }) => {
    await browserApp.closeAndRestart(LITTLE);
    const page = await browserApp.open(site.origin);
    const refused = await page.evaluate(async (protocol) => {
      const session = await app.open();
      // Random bytes: compressible ones might fit.
      const random = () => crypto.getRandomValues(new Uint8Array(65_536));
      const body = new Blob(Array.from({ length: 300 }, random));
      const task = session.uploadTask(`/${protocol ?? "echo"}`, body, {
        id: "too-large",
        ...(protocol && { protocol }),
      });
      const code = await task.resume().then(
        () => undefined,
        (error) => error.code,
      );
      return { code, error: (await task.completed).error?.code };
    }, protocol);
    expect(refused).toEqual({ code: "storage-full", error: "storage-full" });
    await startDownload(page, "good", "/files/100KB.bin");
    await expectFile(page, "good", await site.sha256("/files/100KB.bin"));
    expect(site.requests(`/${protocol ?? "echo"}`)).toEqual([]);
  });
}

test("an upload by an app's own worker whose answer does not fit ends with storage-full, as in the daemon's worker", {
  ...needs("counted-blobs"),
}, async ({ browserApp, site }) => {
  const sizeBytes = 100_000;
  const answer = randomBytes(20_000_000);
  site.route("/created", (_, response) => void response.writeHead(201, { location: "/created/1" }).end());
  site.route("/created/1", ({ method }, response) => {
    response.writeHead(200, {
      "upload-offset": method === "HEAD" ? 0 : sizeBytes,
      "upload-length": sizeBytes,
    });
    response.end(method === "HEAD" ? undefined : answer);
  });
  await browserApp.closeAndRestart(LITTLE);
  const page = await browserApp.open(site.origin);
  await page.evaluate(() => app.open("test", { serviceWorker: "/own-worker.js" }));
  await startUpload(page, "answered", "/created", sizeBytes, { protocol: "tus" });
  await expectFailure(page, "answered", "storage-full");
});

test("if the app itself has filled the storage, a new task is refused, and earlier tasks run once there is space again", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  test.slow();
  await browserApp.closeAndRestart(LITTLE);
  const page = await browserApp.open(site.origin);
  // The task waits until it is resumed.
  await page.evaluate(async () => {
    const session = await app.open();
    session.downloadTask("/files/100KB.bin", { id: "before" });
  });
  await expect.poll(async () => (await rowsOnDisk(page, "tasks")).length).toBe(1);
  // Every engine counts bytes that are not in a Blob.
  await page.evaluate(async () => {
    const opening = indexedDB.open("fill");
    opening.onupgradeneeded = () => opening.result.createObjectStore("bytes", { autoIncrement: true });
    await new Promise((resolve) => opening.addEventListener("success", resolve));
    for (let sizeBytes = 4_000_000; sizeBytes > 500; ) {
      const tx = opening.result.transaction("bytes", "readwrite");
      const over = new Promise((resolve) => {
        tx.oncomplete = () => resolve(true);
        tx.onabort = () => resolve(false);
      });
      try {
        tx.objectStore("bytes").add(Uint8Array.from({ length: sizeBytes }, () => Math.random() * 256));
      } catch {
        // Firefox refuses every write in the transaction that follows one that exceeded the quota.
        continue;
      }
      const isStored = await over;
      if (!isStored) sizeBytes /= 2;
    }
    opening.result.close();
  });
  const code = await page.evaluate(async () => {
    const body = Uint8Array.from({ length: 60_000 }, () => Math.random() * 256);
    const request = { url: "/echo", method: "POST", body };
    const tomorrow = { earliestBeginDate: new Date(Date.now() + 86_400_000) };
    for (let tries = 0; tries < 50; tries += 1) {
      const task = app.BackgroundSession.current("test")?.dataTask(request, tomorrow);
      const code = await task?.resume().then(
        () => undefined,
        (error) => error.code as string,
      );
      if (code !== undefined) return code;
    }
    return undefined;
  });
  expect(code).toBe("storage-full");
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.deleteDatabase("fill").onsuccess = resolve;
      }),
  );
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("before")?.resume());
  await expectFile(page, "before", await site.sha256("/files/100KB.bin"));
  await startDownload(page, "after", "/files/100KB.bin?key=after");
  await expectFile(page, "after", await site.sha256("/files/100KB.bin"));
});
