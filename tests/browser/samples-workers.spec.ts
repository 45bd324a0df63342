import { needs } from "../support/absences.ts";
import { test as onDesktop } from "../support/desktop.ts";
import { expect, test } from "../support/fixtures.ts";
import { Guide } from "../support/guide.ts";
import { HeldServer } from "../support/held-server.ts";
import { NotificationBus } from "../support/notification-bus.ts";
import { writeOldRows } from "../support/old-rows.ts";

// The samples that are an app's worker or need one, and what happens while no page is open, as they are printed.

test(
  "the worker of the life cycle handles the events of each session after its page has closed, and is woken by a push",
  needs("background-sync"),
  async ({ chromium, site }) => {
    const noted: string[] = [];
    site.route("/noted", async (request, response) => {
      for await (const chunk of request) noted.push(String(chunk));
      response.end();
    });
    const server = new HeldServer(site);
    const guide = await Guide.open(chromium, site, "lifecycle.md", {
      worker: "handleEventsForBackgroundSession",
      supplied: `
      const note = (text) => fetch("/noted", { method: "POST", body: text });
      globalThis.library = { addOnce: async (eventId, file) => note("file " + (await file.text())) };
      globalThis.album = { markOnce: (eventId, id, error) => note("photo " + id + " " + error?.code) };`,
    });
    await guide.page.evaluate(async () => {
      const configuration = { transport: "worker" } as const;
      const podcasts = await BackgroundSession.open("com.example.podcasts", { configuration });
      const photos = await BackgroundSession.open("com.example.photos", { configuration });
      await podcasts.downloadTask("/held/episode").resume();
      await photos.dataTask("/held/photo", { id: "7" }).resume();
    });
    await server.request("episode");
    await guide.page.close();
    await server.finish("photo", 200, "photo");
    await expect.poll(() => noted, { timeout: 30_000 }).toEqual(["photo 7 undefined"]);
    const before = site.requests("/held/episode").length;
    await chromium.stopWorkers();
    await chromium.push(`${site.origin}/`, "new episodes");
    await expect
      .poll(() => site.requests("/held/episode").length, { timeout: 30_000 })
      .toBeGreaterThan(before);
    await server.finish("episode", 200, "sound");
    await expect.poll(() => noted, { timeout: 30_000 }).toEqual(["photo 7 undefined", "file sound"]);
  },
);

onDesktop.describe("the samples of the page on notifications", () => {
  onDesktop.use({ ownBrowser: true });
  onDesktop.skip(
    !NotificationBus.isAvailable && process.env.CI === undefined,
    "There is no D-Bus to show notifications.",
  );

  onDesktop("tell the user that an episode is ready, and how far a season is", async ({ desktop, site }) => {
    const { bus, browser, page } = desktop;
    const parts = ["/episodes/42.mp3", "/1.mp3", "/2.mp3", "/3.mp3"];
    let isOpen = false;
    for (const path of parts)
      site.route(path, async (_, response) => {
        while (!isOpen) await new Promise((resolve) => setTimeout(resolve, 50));
        if (path === "/3.mp3") await new Promise((resolve) => setTimeout(resolve, 3_000));
        response.end("sound");
      });
    const guide = await Guide.open(browser, site, "notifications.md");
    await guide.openSession();
    await guide.goOn('failureTitle: "{description} could not be loaded"');
    await guide.goOn('doneTitle: "All {total} episodes are ready"');
    await page.close();
    await guide.page.close();
    isOpen = true;
    const titles = () => bus.shown.map(({ title }) => title);
    await expect.poll(titles, { timeout: 30_000 }).toContain("Episode 42 is ready");
    await expect.poll(titles, { timeout: 30_000 }).toContain("2 of 3 episodes");
    await expect.poll(titles, { timeout: 30_000 }).toContain("All 3 episodes are ready");
    expect(bus.shown.find(({ title }) => title === "2 of 3 episodes")?.actions).toContain("Stop");
  });
});

test("an old queue of another name is moved by the lines of the guide", async ({
  browserApp,
  site,
  page,
}) => {
  site.route("/order/1", (_, response) => void response.end());
  await writeOldRows(page, [{ url: "/order/1", body: "2 apples", queueName: "orders-v1" }]);
  await Guide.open(browserApp, site, "from-workbox.md", { worker: 'adoptQueue("orders-v1"' });
  await expect
    .poll(() => site.requests("/order/1").map(({ method }) => method), { timeout: 30_000 })
    .toEqual(["POST"]);
});

test("the page of the guide from workbox shows that a stored order was sent", async ({
  browserApp,
  site,
}) => {
  const guide = await Guide.open(browserApp, site, "from-workbox.md", {
    script: "/two-lines-after-worker.js",
  });
  const { page } = guide;
  await page.reload();
  await page.waitForFunction(() => "around" in globalThis && navigator.serviceWorker.controller !== null);
  await guide.run("document.title = response?.ok");
  site.route("/order/1", (request) => void request.socket.destroy());
  const isKept = await page.evaluate(() =>
    fetch("/order/1", { method: "POST", body: "2 apples" }).catch(() => "kept"),
  );
  expect(isKept).toBe("kept");
  await expect
    .poll(() => guide.calls("console.log"))
    .toContainEqual(["console.log", `${site.origin}/order/1`, expect.any(String)]);
  site.route("/order/1", (_, response) => void response.end());
  await expect.poll(() => page.evaluate(() => document.title), { timeout: 30_000 }).toBe("Ordered");
});

/** What a worker of the guide lacks to be used at once. */
const CLAIM = `addEventListener("activate", (event) => event.waitUntil(clients.claim()));`;

test("a plugin of the guide stores a request without its token, and a fresh one is sent", async ({
  browserApp,
  site,
}) => {
  const guide = await Guide.open(browserApp, site, "from-workbox.md", {
    worker: 'omitHeaders: ["authorization"]',
    supplied: `globalThis.freshToken = async () => "fresh"; ${CLAIM}`,
    following: `addEventListener("fetch", (event) => {
      if (event.request.url.endsWith("/order/1")) event.respondWith(it.plugin.handle(event));
    });`,
  });
  await guide.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  site.route("/order/1", (request) => void request.socket.destroy());
  await guide.page.evaluate(() =>
    fetch("/order/1", { method: "POST", body: "2 apples", headers: { authorization: "Bearer stale" } }).catch(
      () => {},
    ),
  );
  const tokens = () => site.requests("/order/1").map(({ headers }) => headers.authorization);
  await expect.poll(tokens).toContain("Bearer fresh");
  expect(tokens()[0]).toBe("Bearer stale");
  expect(tokens().slice(1)).not.toContain("Bearer stale");
});

test("a form that could not be sent leads to the page of the guide, and is sent later", async ({
  browserApp,
  site,
}) => {
  const guide = await Guide.open(browserApp, site, "from-workbox.md", {
    worker: 'Response.redirect("/shared", 303)',
    supplied: CLAIM,
  });
  const { page } = guide;
  site.serve("/shared", { body: "<!doctype html><title>Shared</title>", type: "text/html" });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  site.route("/share", (request) => void request.socket.destroy());
  await page.evaluate(() => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = "/share";
    form.innerHTML = `<input name="title" value="Apples">`;
    document.body.append(form);
    form.submit();
  });
  await page.waitForFunction(() => document.title === "Shared");
  const bodies: string[] = [];
  site.route("/share", async (request, response) => {
    for await (const chunk of request) bodies.push(String(chunk));
    response.end();
  });
  await expect.poll(() => bodies, { timeout: 30_000 }).toEqual(["title=Apples"]);
});

test("a function of the guide to offline media plays a file of the file system", async ({
  browserApp,
  site,
}) => {
  const guide = await Guide.open(browserApp, site, "media.md");
  await guide.goOn("async function play(request: Request)");
  const answered = await guide.page.evaluate(async () => {
    const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle("films", {
      create: true,
    });
    const writable = await (await directory.getFileHandle("42.mp4", { create: true })).createWritable();
    await writable.write("0123456789");
    await writable.close();
    const response: Response = await it.play(
      new Request("/films/42.mp4", { headers: { range: "bytes=2-5" } }),
    );
    return [response.status, response.headers.get("content-type"), await response.text()];
  });
  expect(answered).toEqual([206, "video/mp4", "2345"]);
});
