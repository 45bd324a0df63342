import { expect, test } from "../support/fixtures.ts";
import { checkpoint, rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";

const PATH = "/files/20MB.bin";
const STORES = ["sessions", "tasks", "bodies", "parts", "outbox"];

test("a session is deleted with everything in it while another tab owns it", async ({
  browserApp,
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open("test", {
      delegate: {
        ...app.delegate,
        didFinishDownloading() {
          throw new Error("not now");
        },
      },
    });
    await session.downloadTask("/files/1MB.bin", { id: "owed" }).resume();
    const body = new Blob([new Uint8Array(200_000)]);
    await session
      .dataTask(new Request("/echo?latency=60000", { method: "POST", body }), { id: "post" })
      .resume();
  });
  await startDownload(page, "running", `${PATH}?throttle=4MB`);
  await checkpoint(page, "running");
  for (const store of STORES) {
    await expect.poll(async () => (await rowsOnDisk(page, store)).length, store).toBeGreaterThan(0);
  }

  const second = await browserApp.open(site.origin);
  const results = page.evaluate(async () => {
    const { error } = (await app.BackgroundSession.current("test")?.task("running")?.completed) ?? {};
    return error?.code;
  });
  await second.evaluate(() => app.BackgroundSession.delete("test", { serviceWorker: "/sw.js" }));

  await expect.poll(() => page.evaluate(() => app.news)).toContain("invalid session-invalidated");
  expect(await results).toBe("cancelled");
  await expect.poll(() => site.requests(PATH).map((request) => request.aborted)).toEqual([true]);
  for (const store of STORES) expect(await rowsOnDisk(page, store), store).toEqual([]);
  expect(await second.evaluate(() => app.BackgroundSession.identifiers({ serviceWorker: "/sw.js" }))).toEqual(
    [],
  );

  // The identifier starts with a clean slate.
  await startDownload(page, "fresh", "/files/1MB.bin?key=fresh");
  await expectFile(page, "fresh", await site.sha256("/files/1MB.bin"));
  for (const store of ["bodies", "outbox"]) expect(await rowsOnDisk(page, store), store).toEqual([]);
});

// Regression: the daemon had just read the tasks for a page that opened the session, and ran them after the deletion.
test("no task of a session is sent once its deletion has fulfilled, whatever the daemon was reading at that moment", {
  tag: "@core",
}, async ({ page, site }) => {
  // The app's hook holds every request until everything is deleted.
  let letGo = (): void => {};
  const released = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  site.route("/hook", async (_, response) => {
    await released;
    response.setHeader("content-type", "application/json");
    response.end("{}");
  });
  await page.evaluate(async () => {
    await app.open("test", { serviceWorker: "/sending-worker.js" });
    const worker = (await navigator.serviceWorker.ready).active;
    const send = (command: object): Promise<unknown> => {
      const { port1, port2 } = new MessageChannel();
      worker?.postMessage({ backgroundSession: "command", command }, [port2]);
      return new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
      });
    };
    for (let round = 0; round < 8; round += 1) {
      const name = `deleted-${round}`;
      const session = await app.open(name, { serviceWorker: "/sending-worker.js" });
      const tasks = Array.from({ length: 10 }, (_, nth) =>
        session.downloadTask(`/files/1KB.bin?key=${name}-${nth}`),
      );
      await Promise.all(tasks.map((task) => task.resume()));
      // Pages that open the session at this moment send these commands.
      for (let count = 0; count < 5; count += 1)
        void send({ type: "hello", versions: { min: 1, max: 1 }, session: name });
      await send({ type: "delete-session", session: name });
    }
  });
  expect(await rowsOnDisk(page, "tasks")).toEqual([]);
  letGo();
  await startDownload(page, "after", "/files/1MB.bin?key=after");
  await expectFile(page, "after", await site.sha256("/files/1MB.bin"));
  expect(site.requests("/files/1KB.bin")).toEqual([]);
});

test("identifiers() lists the sessions of this scope, and deleting one leaves the others", async ({
  page,
  site,
}) => {
  const identifiers = await page.evaluate(async () => {
    const other = await app.open("podcasts");
    await other.downloadTask("/files/10MB.bin?throttle=4MB", { id: "kept" }).resume();
    const photos = await app.open("photos");
    await photos.downloadTask("/files/10MB.bin?throttle=4MB&key=2", { id: "gone" }).resume();
    const before = await app.BackgroundSession.identifiers();
    await app.BackgroundSession.delete("photos");
    await app.BackgroundSession.delete("photos");
    return { before, after: await app.BackgroundSession.identifiers() };
  });
  expect(identifiers).toEqual({ before: ["photos", "podcasts"], after: ["podcasts"] });
  await expectFile(page, "kept", await site.sha256("/files/10MB.bin"));
  expect(site.bytesSent("/files/10MB.bin?throttle=4MB")).toBe(10_000_000);
  expect((await page.evaluate(() => app.entries())).map((entry) => entry.id)).toEqual(["kept", "kept"]);
});

test("deleting a session leaves those whose identifiers start with its own", async ({ page, site }) => {
  await page.evaluate(async () => {
    for (const identifier of ["a", "a b", "ab", "a\u{10FFFF}"]) {
      const session = await app.open(identifier);
      await session
        .downloadTask(`/files/1MB.bin?throttle=500KB&key=${encodeURIComponent(identifier)}`, {
          id: identifier,
        })
        .resume();
    }
    await app.BackgroundSession.delete("a");
  });
  for (const id of ["a b", "ab", "a\u{10FFFF}"])
    await expectFile(page, id, await site.sha256("/files/1MB.bin"));
  expect((await page.evaluate(() => app.entries())).some((entry) => entry.id === "a")).toBe(false);
});
