import type { TestServer } from "../../server/server.ts";
import type { BackgroundTask } from "../../src/app/background-task.ts";
import { builtFile } from "../support/built-file.ts";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFailure, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { KINDS_OF_WORKER, test as withoutServiceWorkers } from "../support/without-service-workers.ts";

// The registration goes while a session is open, with the site's data or without.

const PATH = "/files/20MB.bin";
const SMALL = "/files/1MB.bin";

/** Answers as many sites' logout pages do. */
async function clearSiteData(page: TestPage, site: TestServer): Promise<void> {
  site.serve("/logout", { body: "bye", headers: { "clear-site-data": '"storage"' } });
  await page.evaluate(async () => {
    const before = await navigator.serviceWorker?.getRegistration();
    await (await fetch("/logout")).text();
    // The browser may still be deleting. Another registration may exist by then.
    while (before && (await navigator.serviceWorker.getRegistration()) === before)
      await new Promise((resolve) => setTimeout(resolve, 50));
  });
}

async function unregister(page: TestPage): Promise<void> {
  await page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations())
      await registration.unregister();
  });
}

/** How the page's first or second load is served: a controlled page keeps its worker for its lifetime. */
const LOADS = [
  ["a page that its worker does not control", "/sw", 'importScripts("/sw.js");'],
  ["a page that its worker controls", "/sw.js", undefined],
] as const;

async function openUnder(page: TestPage, serviceWorker: string, isControlled: boolean): Promise<void> {
  await page.evaluate(
    async ([serviceWorker, isControlled]) => {
      await app.open("test", { serviceWorker });
      while ((navigator.serviceWorker.controller !== null) !== isControlled)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    [serviceWorker, isControlled] as const,
  );
}

for (const [what, script, body] of LOADS) {
  test.describe(`${what}:`, () => {
    test.beforeEach(async ({ page, site }) => {
      if (body !== undefined) site.serve(script, { body, type: "text/javascript" });
      await openUnder(page, script, body === undefined);
    });

    test("Clear-Site-Data ends the old task as storage-lost, and the next one runs", {
      tag: body === undefined ? "@core" : [],
    }, async ({ page, site }) => {
      await startDownload(page, "before", `${PATH}?throttle=4MB`);
      await checkpoint(page, "before");
      await page.evaluate(() => {
        Object.assign(globalThis, { before: app.BackgroundSession.current("test")?.task("before") });
      });
      await clearSiteData(page, site);
      // Whether or not the task still counts as running, the call must settle.
      await page.evaluate(() => (globalThis as unknown as { before: BackgroundTask }).before.suspend());
      await startDownload(page, "after", SMALL);
      await expectFile(page, "after", await site.sha256(SMALL));
      await expectFailure(page, "before", "storage-lost");
    });

    test("after unregister() the download in flight goes on, and the next one runs", async ({
      page,
      site,
    }) => {
      await startDownload(page, "before", `${PATH}?throttle=8MB`);
      await checkpoint(page, "before");
      await unregister(page);
      await startDownload(page, "after", SMALL);
      await expectFile(page, "after", await site.sha256(SMALL));
      await expectFile(page, "before", await site.sha256(PATH));
    });

    test("after unregister() of an idle session its next task runs, is suspended and resumes", async ({
      browserApp,
      page,
      site,
    }) => {
      await startDownload(page, "before", SMALL);
      await expectFile(page, "before", await site.sha256(SMALL));
      await unregister(page);
      await browserApp.stopWorkers(page);
      await startDownload(page, "after", `${PATH}?throttle=8MB`);
      await checkpoint(page, "after");
      await page.evaluate(() => app.BackgroundSession.current("test")?.task("after")?.suspend());
      await page.evaluate(() => app.BackgroundSession.current("test")?.task("after")?.resume());
      await expectFile(page, "after", await site.sha256(PATH));
    });
  });
}

test("if the script cannot be registered again, the session ends as daemon-missing, and so do its waiting calls", async ({
  engine,
  page,
  site,
}) => {
  site.serve("/own.js", { body: await builtFile("sw.js"), type: "text/javascript" });
  await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/own.js" });
    await session.downloadTask("/files/20MB.bin?throttle=4MB", { id: "before" }).resume();
  });
  await checkpoint(page, "before");
  site.route("/own.js", (_, response) => void response.writeHead(404).end());
  await clearSiteData(page, site);
  const ends = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const task = session?.downloadTask("/files/1MB.bin", { id: "after" });
    const say = (promise: Promise<unknown> | undefined) =>
      promise?.then(
        () => "fulfilled",
        ({ code }) => code,
      );
    const resumed = await say(task?.resume());
    return [resumed, await say(task?.suspend()), (await task?.completed)?.error?.code];
  });
  // In Firefox the old worker may still answer for a moment.
  expect(ends[1]).toMatch(engine === "firefox" ? /^(fulfilled|daemon-missing)$/ : /^daemon-missing$/);
  expect([ends[0], ends[2]]).toEqual(["fulfilled", "session-invalidated"]);
  await expect.poll(() => page.evaluate(() => app.news)).toContain("invalid daemon-missing");
});

test("a registration that the app passed and has since unregistered is looked up by its scope", async ({
  page,
  site,
}) => {
  site.serve("/sw", { body: 'importScripts("/sw.js");', type: "text/javascript" });
  await page.evaluate(async () => {
    const serviceWorker = await navigator.serviceWorker.register("/sw");
    const session = await app.open("test", { serviceWorker });
    await session.downloadTask("/files/1MB.bin?key=1", { id: "before" }).resume();
    await session.task("before")?.completed;
    await serviceWorker.unregister();
  });
  await startDownload(page, "after", SMALL);
  await page.evaluate(async () => void (await navigator.serviceWorker.register("/sw")));
  await expectFile(page, "after", await site.sha256(SMALL));
});

test("a worker that no longer runs the daemon ends the session, though its registration exists", async ({
  page,
  site,
}) => {
  test.slow();
  const script = (rest: string) => ({
    body: `addEventListener("install", () => skipWaiting()); ${rest}`,
    type: "text/javascript",
  });
  site.serve("/changing.js", script('importScripts("/sw.js")'));
  await page.evaluate(() => app.open("test", { serviceWorker: "/changing.js" }));
  site.serve("/changing.js", script(""));
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const old = registration?.active;
    await registration?.update();
    while (registration?.active === old) await new Promise((resolve) => setTimeout(resolve, 50));
    await app.BackgroundSession.current("test")?.downloadTask("/files/1MB.bin", { id: "file" }).resume();
  });
  await expect
    .poll(() => page.evaluate(() => app.news), { timeout: 120_000 })
    .toContain("invalid daemon-missing");
});

for (const [name, lacks] of KINDS_OF_WORKER) {
  withoutServiceWorkers.describe(`without service workers, in ${name},`, () => {
    withoutServiceWorkers.use({ lacks });

    withoutServiceWorkers(
      "Clear-Site-Data ends the old task as storage-lost, and the next one runs",
      async ({ page, site }) => {
        await startDownload(page, "before", `${PATH}?throttle=4MB`);
        await checkpoint(page, "before");
        await clearSiteData(page, site);
        await startDownload(page, "after", SMALL);
        await expectFile(page, "after", await site.sha256(SMALL));
        await expectFailure(page, "before", "storage-lost");
      },
    );
  });
}
