import { builtFile } from "../support/built-file.ts";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint, rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { openStrictPage } from "../support/strict-page.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/1MB.bin";

/** Opens a session and returns how that failed. */
function failureOf(page: TestPage, serviceWorker: string | undefined) {
  return page.evaluate(
    (serviceWorker) =>
      app.BackgroundSession.open("test", serviceWorker === undefined ? {} : { serviceWorker }).then(
        () => ({ code: "none", message: "" }),
        ({ code, message }) => ({ code, message }),
      ),
    serviceWorker,
  );
}

test("the first visit, which no worker controls, downloads", async ({ page, site }) => {
  const hadController = await page.evaluate(() => navigator.serviceWorker.controller !== null);
  expect(hadController).toBe(false);
  await startDownload(page, "file", PATH);
  await expectFile(page, "file", await site.sha256(PATH));
  expect(site.bytesSent(PATH)).toBe(1_000_000);
});

test("an app under a sub-path finds its worker by a relative URL", async ({ browserApp, site }) => {
  for (const name of ["index.html", "sw.js"]) site.serve(`/sub/${name}`, { body: await builtFile(name) });
  const page = await browserApp.open(`${site.origin}/sub/index.html`);
  const scope = await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "sw.js" });
    await session.downloadTask("/files/1MB.bin", { id: "file" }).resume();
    await session.downloadTask("../files/1MB.bin?key=relative", { id: "relative" }).resume();
    return (await navigator.serviceWorker.getRegistration())?.scope;
  });
  expect(scope).toBe(`${site.origin}/sub/`);
  for (const id of ["file", "relative"]) {
    await expect
      .poll(async () =>
        (await page.evaluate(() => app.entries()))
          .filter((entry) => entry.id === id)
          .map((entry) => entry.type),
      )
      .toEqual(["didFinishDownloading", "didComplete"]);
  }
  const digests = (await page.evaluate(() => app.entries())).flatMap((entry) => entry.sha256 ?? []);
  expect(digests).toEqual(Array(2).fill(await site.sha256(PATH)));
  expect(await rowsOnDisk(page, "sessions", "/sub/")).toHaveLength(1);
  expect(await rowsOnDisk(page, "sessions", "/")).toEqual([]);
});

test("the worker is named by a URL, a registration, or not at all", async ({ page, site }) => {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.register("/sw.js");
    const ways = { url: new URL("/sw.js", location.href), registration, absent: undefined };
    for (const [id, serviceWorker] of Object.entries(ways)) {
      const session = await app.open("test", { serviceWorker });
      await session.downloadTask(`/files/1MB.bin?key=${id}`, { id }).resume();
      await session.close();
    }
    await app.open();
  });
  for (const id of ["url", "registration", "absent"]) await expectFile(page, id, await site.sha256(PATH));
  expect(site.bytesSent(PATH)).toBe(3_000_000);
});

test("a page that registers its worker a little later still gets its daemon", async ({ page, site }) => {
  await page.evaluate(async () => {
    const opening = app.open("test", { serviceWorker: undefined });
    await new Promise((resolve) => setTimeout(resolve, 300));
    void navigator.serviceWorker.register("/sw.js");
    await (await opening).downloadTask("/files/1MB.bin", { id: "file" }).resume();
  });
  await expectFile(page, "file", await site.sha256(PATH));
});

test("without a worker open() says daemon-missing, and what to do", async ({ page }) => {
  const { code, message } = await failureOf(page, undefined);
  expect(code).toBe("daemon-missing");
  expect(message).toContain("no service worker is registered");
  expect(message).toContain("startDaemon()");
  expect(message).toContain('serviceWorker: "/sw.js"');
});

test("a worker script that is missing, or throws, is daemon-missing", async ({ page, site }) => {
  site.serve("/broken.js", { body: "throw new Error('broken')" });
  for (const script of ["/not-there.js", "/broken.js"]) {
    const { code, message } = await failureOf(page, script);
    expect(code).toBe("daemon-missing");
    expect(message).toContain(`${site.origin}${script}`);
  }
});

test("a worker that does not run startDaemon is daemon-missing", async ({ page, site }) => {
  test.slow();
  site.serve("/empty.js", { body: "addEventListener('message', () => {})" });
  const { code, message } = await failureOf(page, "/empty.js");
  expect(code).toBe("daemon-missing");
  expect(message).toContain("startDaemon()");
  // The identifier is free again.
  await startDownload(page, "file", PATH);
  await expectFile(page, "file", await site.sha256(PATH));
});

test("a worker that ran the daemon at the last open is trusted until it turns out not to run it", async ({
  page,
  site,
}) => {
  test.slow();
  const script = (rest: string) => ({ body: `addEventListener("install", () => skipWaiting()); ${rest}` });
  site.serve("/changing.js", script('importScripts("/sw.js")'));
  await page.evaluate(async () => (await app.open("test", { serviceWorker: "/changing.js" })).close());
  await expect.poll(async () => (await rowsOnDisk(page, "sessions"))[0]?.daemon?.script).toMatch(/changing/);
  site.serve("/changing.js", script(""));
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const old = registration?.active;
    await registration?.update();
    while (registration?.active === old) await new Promise((resolve) => setTimeout(resolve, 50));
    const session = await app.open("test", { serviceWorker: "/changing.js" });
    Object.assign(globalThis, { tasks: session.tasks() });
  });
  await expect
    .poll(() => page.evaluate(() => app.news), { timeout: 40_000 })
    .toEqual(["invalid", "invalid daemon-missing"]);
  // The trust is gone: the next open() checks first.
  const { code } = await failureOf(page, "/changing.js");
  expect(code).toBe("daemon-missing");
});

test("a sandboxed frame, which has no service workers, is daemon-missing", async ({ page, site }) => {
  const cors = { "access-control-allow-origin": "*" };
  site.serve("/anywhere.js", { body: await builtFile("background-session.js"), headers: cors });
  const code = await page.evaluate(
    (origin) =>
      new Promise((resolve) => {
        addEventListener("message", ({ data }) => resolve(data));
        const frame = document.createElement("iframe");
        frame.setAttribute("sandbox", "allow-scripts");
        frame.srcdoc = `
          <script type="module">
            import { BackgroundSession } from "${origin}/anywhere.js";
            BackgroundSession.open("test").catch((error) => parent.postMessage(error.code ?? String(error), "*"));
          </script>`;
        document.body.append(frame);
      }),
    site.origin,
  );
  expect(code).toBe("daemon-missing");
});

const OWN_WORKER = `
  const types = [];
  let skips = 0;
  const add = self.addEventListener;
  self.addEventListener = function (type, ...rest) { types.push(type); return add.call(self, type, ...rest); };
  self.skipWaiting = () => { skips += 1; return Promise.resolve(); };
  importScripts("/sw.js");
  add.call(self, "message", ({ data, ports }) => { if (data === "what") ports[0].postMessage({ types, skips }); });
`;

test("the ready script, run in the app's own worker, adds no fetch listener and does not take over", async ({
  page,
  site,
}) => {
  // Its name is a prefix of the ready script's.
  site.serve("/sw", { body: OWN_WORKER, type: "text/javascript" });
  const path = "/files/40MB.bin";
  await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/sw" });
    await session.downloadTask("/files/40MB.bin?throttle=5MB", { id: "file" }).resume();
  });
  const what = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise<{ types: string[]; skips: number }>((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
    });
    registration?.active?.postMessage("what", [port2]);
    return answer;
  });
  expect(what.types).not.toContain("fetch");
  expect(what.types).toContain("sync");
  expect(what.skips).toBe(0);

  // The page is controlled now and keeps a new version waiting; the download goes on meanwhile.
  await page.reload();
  await page.evaluate(() => app.open("test", { serviceWorker: "/sw" }));
  const onDisk = await checkpoint(page, "file");
  site.serve("/sw", { body: `${OWN_WORKER}\n// version 2`, type: "text/javascript" });
  await page.evaluate(async () => void (await navigator.serviceWorker.getRegistration())?.update());
  const waiting = () =>
    page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state);
  await expect.poll(waiting).toBe("installed");
  await checkpoint(page, "file", onDisk + 5_000_000);
  await expectFile(page, "file", await site.sha256(path));
  expect(await waiting()).toBe("installed");
  expect(site.requests(path).length).toBeLessThanOrEqual(2);
});

test("a page and a worker with a strict Content-Security-Policy download", async ({ browserApp, site }) => {
  const page = await openStrictPage(browserApp, site);
  await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/strict-sw.js" });
    await session.downloadTask("/files/10MB.bin", { id: "file" }).resume();
  });
  await expectFile(page, "file", await site.sha256("/files/10MB.bin"));
  expect(await page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations)).toEqual(
    [],
  );
  expect(site.bytesSent("/files/10MB.bin")).toBe(10_000_000);
});

test("a narrow scope has its own sessions from the start, even if the same script also has a wider scope", async ({
  page,
}) => {
  await page.evaluate(async () => {
    await (await app.open("wide", { serviceWorker: "/sw.js" })).close();
    await app.open("narrow", { serviceWorker: { url: "/sw.js", scope: "/narrow/" } });
  });
  const identifiers = async (scope: string) =>
    (await rowsOnDisk(page, "sessions", scope)).map(({ identifier }) => identifier);
  expect([await identifiers("/"), await identifiers("/narrow/")]).toEqual([["wide"], ["narrow"]]);
});

test("two scopes do not see each other's sessions", async ({ page, site }) => {
  for (const scope of ["a", "b"]) site.serve(`/${scope}/sw.js`, { body: await builtFile("sw.js") });
  const seen = await page.evaluate(async () => {
    const a = await app.open("same", { serviceWorker: "/a/sw.js" });
    const b = await app.open("same", { serviceWorker: "/b/sw.js" });
    await a.downloadTask("/files/1MB.bin?throttle=1MB&key=a", { id: "of a" }).resume();
    await b.downloadTask("/files/1MB.bin?throttle=1MB&key=b", { id: "of b" }).resume();
    const ids = [a, b].map((session) => session.tasks().map((task) => task.id));
    await app.BackgroundSession.delete("same", { serviceWorker: "/a/sw.js" });
    const identifiers = await Promise.all(
      ["/a/sw.js", "/b/sw.js"].map((serviceWorker) => app.BackgroundSession.identifiers({ serviceWorker })),
    );
    return { roles: [a.role, b.role], ids, identifiers };
  });
  expect(seen).toEqual({ roles: ["owner", "owner"], ids: [["of a"], ["of b"]], identifiers: [[], ["same"]] });
  await expect
    .poll(() => rowsOnDisk(page, "outbox", "/b/").then((rows) => rows.length), { timeout: 15_000 })
    .toBe(0);
  const noted = () => page.evaluate(() => app.entries());
  await expect
    .poll(async () => (await noted()).map(({ type, id }) => `${type} ${id}`))
    .toEqual(["didFinishDownloading of b", "didComplete of b"]);
  expect((await noted())[0]?.sha256).toBe(await site.sha256(PATH));
});
