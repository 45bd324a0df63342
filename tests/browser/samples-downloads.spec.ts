import { expect, test } from "../support/fixtures.ts";
import { Guide } from "../support/guide.ts";
import type { TestPage } from "../support/test-browser.ts";

// The samples of the guides that are about downloads, as they are printed.

const MB = 1_000_000;
const SLOW = "/files/4MB.bin?throttle=2MB";

/** The length and the type of what a cache has. */
function cached(page: TestPage, name: string, key: string): Promise<[number, string | null] | undefined> {
  return page.evaluate(
    async ([cacheName, key]) => {
      const found = await caches.match(key, { cacheName });
      return found && [(await found.blob()).size, found.headers.get("content-type")];
    },
    [name, key] as const,
  );
}

/** The length of a file in the origin private file system. */
function sizeOf(page: TestPage, path: string): Promise<number | undefined> {
  return page.evaluate(async (path) => {
    const names = path.split("/");
    let directory = await navigator.storage.getDirectory();
    try {
      for (const name of names.slice(0, -1)) directory = await directory.getDirectoryHandle(name);
      return (await (await directory.getFileHandle(names.at(-1) ?? "")).getFile()).size;
    } catch {
      return undefined;
    }
  }, path);
}

const tasks = (page: TestPage) =>
  page.evaluate(() => session.tasks().map(({ description, state }) => ({ description, state })));

test("the samples of the guide to downloads", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "downloads.md", {
    adapted: {
      "/film.mp4": SLOW,
      "film.cancelByProducingResumeData()": "later().then(() => film.cancelByProducingResumeData())",
      "https://mirror.example": site.crossOrigin,
    },
  });
  const { page } = guide;

  await test.step("a download is requested, and has its description", async () => {
    site.route("/episodes/42.mp3", () => {});
    await guide.openSession();
    await guide.goOn('downloadTask("/episodes/42.mp3", { description');
    expect(await tasks(page)).toEqual([{ description: "Episode 42", state: "running" }]);
    await expect.poll(() => site.requests("/episodes/42.mp3").length).toBe(1);
    await guide.forget();
  });

  await test.step("the delegate gets the file, and leaves out the body of a 404", async () => {
    site.serve("/episodes/42.mp3", { body: "sound", type: "audio/mpeg" });
    await guide.run("await library.add(");
    await page.evaluate(async () => {
      for (const url of ["/status/404", "/episodes/42.mp3"]) {
        const task = it.session.downloadTask(url, { description: url });
        await task.resume();
        await task.completed;
      }
    });
    const file = { name: "42.mp3", size: 5, type: "audio/mpeg" };
    await expect.poll(() => guide.calls("library")).toEqual([["library.add", "/episodes/42.mp3", file]]);
  });

  await test.step("a film is cancelled, and another task continues from its bytes", async () => {
    await guide.openSession();
    await page.evaluate(() => {
      const later = async (): Promise<void> => {
        while ((session.tasks()[0]?.countOfBytesReceived ?? 0) === 0)
          await new Promise((resolve) => setTimeout(resolve, 50));
        // The first checkpoint is on disk then.
        await session.tasks()[0]?.suspend();
      };
      Object.assign(globalThis, { later });
    });
    await guide.goOn("const film = ");
    await expect
      .poll(() => site.requests("/files/4MB.bin").map(({ headers }) => headers.range))
      .toEqual(["bytes=0-", expect.stringMatching(/^bytes=[1-9]/)]);
    await expect.poll(() => page.evaluate(() => session.getSnapshot().counts.succeeded)).toBe(1);
  });

  await test.step("after a 403 the download continues from another URL", async () => {
    let count = 0;
    site.route("/signed.mp4", (_, response) => {
      count += 1;
      if (count > 1) return void response.writeHead(403).end();
      response.writeHead(200, { "content-length": 4 * MB, etag: '"film"' });
      response.write(Buffer.alloc(MB));
      setTimeout(() => response.destroy(), 1500);
    });
    site.route("/fresh.mp4", ({ headers }, response) => {
      const start = Number(/\d+/.exec(headers.range ?? "0"));
      const range = { "content-range": `bytes ${start}-${4 * MB - 1}/${4 * MB}` };
      response.writeHead(206, { ...range, "content-length": 4 * MB - start, etag: '"film"' });
      response.end(Buffer.alloc(4 * MB - start));
    });
    await guide.run("freshAddress(task)");
    await page.evaluate(() => void Object.assign(globalThis, { freshAddress: async () => "/fresh.mp4" }));
    await guide.openSession();
    await page.evaluate(() => session.downloadTask("/signed.mp4").resume());
    await expect
      .poll(() => site.requests("/fresh.mp4").map(({ headers }) => headers.range))
      .toEqual([expect.stringMatching(/^bytes=[1-9]/)]);
    await expect.poll(() => page.evaluate(() => session.getSnapshot().counts.succeeded)).toBe(1);
  });

  await test.step("a limited session asks for one range after the other", async () => {
    await guide.run("maximumDownloadRate");
    await page.evaluate(() => it.session.downloadTask("/files/2MB.bin").resume());
    const ranges = () => site.requests("/files/2MB.bin").map(({ headers }) => headers.range);
    await expect.poll(async () => ranges().length).toBeGreaterThan(2);
    expect(ranges()[0]).toBe("bytes=0-65535");
  });

  await test.step("a mirror is asked if the server has no file, and what it sends is checked", async () => {
    const path = "/maps/europe.bin";
    // The printed hash is that of an empty file.
    site.route(path, ({ headers }, response) => {
      const isMirror = `http://${headers.host}` === site.crossOrigin;
      response.writeHead(isMirror ? 200 : 503, { "access-control-allow-origin": "*" }).end();
    });
    await guide.openSession();
    await guide.goOn("mirrors: [");
    await expect.poll(() => page.evaluate(() => session.getSnapshot().counts.succeeded)).toBe(1);
    expect(site.requests(path).map(({ listener, status }) => [listener, status])).toEqual([
      ["same", 503],
      ["cross", 200],
    ]);
  });
});

test("the guide's worker checks a file's integrity", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "downloads.md", { worker: "startDaemon({ integrity })" });
  await guide.openSession();
  const ends = await guide.page.evaluate(async () => {
    const bytes = await (await fetch("/text?body=sound")).arrayBuffer();
    const hash = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));
    const ends: unknown[] = [];
    for (const url of ["/text?body=sound", "/text?body=noise"]) {
      const task = session.downloadTask({ url, integrity: `sha256-${hash}` });
      await task.resume();
      ends.push((await task.completed).error?.code);
    }
    return ends;
  });
  expect(ends).toEqual([undefined, "integrity-mismatch"]);
});

test("the samples of the guide to destinations", async ({ browserApp, site }) => {
  site.serve("/articles/42", { body: "text", type: "text/html" });
  site.serve("/episodes/42.mp3", { body: "sound", headers: { "access-control-allow-origin": "*" } });
  site.serve("/maps/europe.bin", { body: "map" });
  const guide = await Guide.open(browserApp, site, "destinations.md", {
    worker: "startDaemon({ destinations })",
    adapted: { "https://cdn.example.com": site.crossOrigin },
  });
  const { page } = guide;
  await guide.openSession();
  await guide.goOn('{ cache: "articles" }');
  await expect.poll(() => cached(page, "articles", "/articles/42")).toEqual([4, "text/html"]);
  await expect.poll(() => cached(page, "episodes", "/episodes/42.mp3")).toEqual([5, "audio/mpeg"]);
  await expect.poll(() => sizeOf(page, "maps/europe.bin")).toBe(3);

  await guide.run('error?.code === "destination-failed"');
  await guide.openSession();
  const before = site.requests("/maps/europe.bin").length;
  await page.evaluate(async () => {
    const directory = await navigator.storage.getDirectory();
    await directory.getDirectoryHandle("occupied", { create: true });
    await session.downloadTask("/maps/europe.bin", { destination: { opfs: "occupied" } }).resume();
  });
  await expect
    .poll(() => cached(page, "episodes", "/maps/europe.bin"))
    .toEqual([3, "application/octet-stream"]);
  expect(site.requests("/maps/europe.bin")).toHaveLength(before + 1);
});

test("the samples of the page on transports", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "transports.md", {
    worker: "startDaemon({ parallelRanges })",
    adapted: { "/films/1.mp4": "/files/24MB.bin?throttle=6MB" },
  });
  const { page } = guide;
  await guide.run('transport: "auto"');
  await page.waitForFunction(() => BackgroundSession.current("com.example.podcasts") !== undefined);
  const ways = () =>
    page.evaluate(() =>
      BackgroundSession.current("com.example.podcasts")
        ?.tasks()
        .map(({ transport }) => transport?.way),
    );
  await page.evaluate(() =>
    BackgroundSession.current("com.example.podcasts")?.downloadTask("/files/4MB.bin?throttle=1MB").resume(),
  );
  await expect.poll(ways).toEqual(["worker"]);

  await guide.forget();
  await guide.openSession();
  await guide.goOn("{ connections: 4 }");
  await expect
    .poll(() => page.evaluate(() => session.getSnapshot().counts.succeeded), { timeout: 30_000 })
    .toBe(1);
  const ranges = site.requests("/files/24MB.bin").map(({ headers }) => headers.range ?? "all");
  expect(ranges.length).toBeGreaterThan(2);
  expect(new Set(ranges).size).toBe(ranges.length);
});
