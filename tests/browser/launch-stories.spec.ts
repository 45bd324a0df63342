import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "../support/fixtures.ts";
import { LAUNCH_WORKER, LaunchSteps, openSession, startAndLeave } from "../support/launch-steps.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";

test.use({ ownBrowser: true });

// Each of these is a regression.

test("a page that has a session open and takes none of its events does not make the worker loop through sync events", async ({
  page,
  site,
}) => {
  const steps = new LaunchSteps(site);
  await page.evaluate(async (worker) => {
    const session = await app.BackgroundSession.open("test", { serviceWorker: worker });
    await session.downloadTask("/files/1KB.bin", { id: "episode" }).resume();
  }, `${LAUNCH_WORKER}?tells`);
  await expect.poll(() => rowsOnDisk(page, "outbox")).toHaveLength(2);
  await pause(5_000);
  // One for the task, and one that was registered while the first fired.
  expect(steps.seen.length).toBeLessThanOrEqual(4);
});

test("an app that fails in its launch is not launched in a loop while an idle page is open", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  await browserApp.open(site.origin);
  await startAndLeave(page, "/files/1KB.bin", { worker: `${LAUNCH_WORKER}?fails` });
  await steps.reached("launched for test");
  await pause(15_000);
  expect(steps.seen.length).toBeLessThanOrEqual(3);
});

test("finishTasksAndInvalidate right after open() delivers the events that were waiting", async ({
  page,
  browserApp,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js" });
    await session.downloadTask("/files/1KB.bin", { id: "episode" }).resume();
  });
  await expect.poll(() => rowsOnDisk(page, "outbox")).toHaveLength(2);
  await page.close();
  const next = await browserApp.open(site.origin);
  await next.evaluate(async () => (await app.open()).finishTasksAndInvalidate());
  expect((await next.evaluate(() => app.entries())).map(({ type }) => type)).toEqual([
    "didFinishDownloading",
    "didComplete",
  ]);
  expect(await next.evaluate(() => app.news)).toEqual(["finished events", "invalid"]);
});

test("the identifier may be opened again in the worker right after the completion handler was called", async ({
  page,
  site,
}) => {
  const steps = new LaunchSteps(site);
  await startAndLeave(page, "/files/1KB.bin", { worker: `${LAUNCH_WORKER}?reopens` });
  await steps.reached("opened again: usable");
});

test("a session that is deleted in its launch does not hold up the next launch with that identifier", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  const gate = steps.stopAt("file episode");
  await startAndLeave(page, "/files/1KB.bin");
  await steps.reached("file episode");
  const next = await browserApp.open(site.origin);
  await next.evaluate(
    (worker) => app.BackgroundSession.delete("test", { serviceWorker: worker }),
    LAUNCH_WORKER,
  );
  gate.open();
  await steps.reached("invalid session-invalidated");
  await startAndLeave(next, "/files/1KB.bin?key=2", { id: "another" });
  await steps.reached("complete another ok");
});

test("a page that took every event leaves no reason to launch the app", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  await startAndLeave(page, "/files/1KB.bin", { worker: `${LAUNCH_WORKER}?fails` });
  await steps.reached("launched for test");
  const next = await browserApp.open(site.origin);
  await openSession(next, `${LAUNCH_WORKER}?fails`);
  await expect.poll(() => rowsOnDisk(next, "outbox")).toEqual([]);
  await expect.poll(() => rowsOnDisk(next, "launches")).toEqual([]);
});

test("a session whose disk fails can be closed, and the next one gets the events", async ({ page }) => {
  const news = await page.evaluate(async () => {
    const news: string[] = [];
    globalThis.addEventListener("unhandledrejection", () => void news.push("unhandled"));
    const delegate = {
      didComplete: () => void news.push("complete"),
      didBecomeInvalid: () => void news.push("invalid"),
    };
    const session = await app.open("test", { delegate });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { get } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.get = function (key: IDBValidKey) {
      if (this.name === "tasks" && this.transaction.mode === "readonly") {
        throw new DOMException("The disk fails.", "UnknownError");
      }
      return get.call(this, key);
    };
    await session.dataTask("/echo").resume();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await session.close();
    IDBObjectStore.prototype.get = get;
    const again = await app.open("test", { delegate });
    news.push(again.role);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return news;
  });
  expect(news).toEqual(["invalid", "owner", "complete"]);
});

test("an observer that suspects a closing owner does not steal the lock from the next owner", async ({
  page,
  browserApp,
  site,
}) => {
  test.slow();
  const lock = "background-session:/#owner:test";
  // Acts as an owner that hangs: it holds the lock and never answers.
  await page.evaluate(
    (lock) =>
      new Promise<void>((resolve) => {
        void navigator.locks.request(lock, () => {
          resolve();
          return new Promise(() => {});
        });
      }),
    lock,
  );
  const next = await browserApp.open(site.origin);
  const waiting = next.evaluate(async () => (await app.open("test", { onBusy: "wait" })).role);
  const doubting = await browserApp.open(site.origin);
  await doubting.evaluate(() => app.open());
  await pause(2_500);
  await page.close();
  expect(await waiting).toBe("owner");
  await pause(6_000);
  expect(await next.evaluate(() => [app.BackgroundSession.current("test")?.role, app.news])).toEqual([
    "owner",
    [],
  ]);
  expect(await doubting.evaluate(() => app.BackgroundSession.current("test")?.role)).toBe("observer");
});
