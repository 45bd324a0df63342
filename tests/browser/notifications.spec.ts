import type { SessionConfiguration, TaskOptions } from "../../src/app/index.ts";
import { test } from "../support/desktop.ts";
import { test as base, expect } from "../support/fixtures.ts";
import { LAUNCH_WORKER, LaunchSteps } from "../support/launch-steps.ts";
import { NotificationBus } from "../support/notification-bus.ts";
import { openRawPage } from "../support/raw-app.ts";
import { RawChromium } from "../support/raw-chromium.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { endOf } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const SLOW = "/files/2MB.bin?throttle=1MB";
const READY = { title: "{description} is ready", failureTitle: "{description} could not be loaded" };

test.use({ ownBrowser: true });

test.skip(
  !NotificationBus.isAvailable && process.env.CI === undefined,
  "There is no D-Bus to show notifications.",
);

function start(
  page: TestPage,
  url: string,
  options: TaskOptions,
  { worker = "/sw.js", ...configuration }: SessionConfiguration & { worker?: string } = {},
): Promise<void> {
  return page.evaluate(
    async ({ url, options, worker, configuration }) => {
      const session =
        app.BackgroundSession.current("test") ??
        (await app.open("test", { serviceWorker: worker, configuration }));
      await session.downloadTask(url, { id: "episode", description: "Episode 42", ...options }).resume();
    },
    { url, options, worker, configuration },
  );
}

test("a task that ends with no page open notifies the user; a click opens the app, which reattaches", async ({
  desktop: { bus, browser, page },
  site,
}) => {
  await start(page, SLOW, {
    notification: { ...READY, body: "Listen to {description}", url: "/?from=notification" },
  });
  await page.close();
  await expect.poll(() => bus.shown, { timeout: 30_000 }).toHaveLength(1);
  expect(bus.shown[0]).toMatchObject({ title: "Episode 42 is ready" });
  expect(bus.shown[0]?.body).toContain("Listen to Episode 42");

  const opening = browser.context.waitForEvent("page");
  bus.click(bus.shown[0] as never);
  const opened = await opening;
  await opened.waitForURL(`${site.origin}/?from=notification`);
  await opened.waitForFunction(() => "app" in globalThis);
  await opened.evaluate(() => app.open());
  expect(await endOf(opened, "episode")).toMatchObject([
    { type: "didFinishDownloading" },
    { type: "didComplete" },
  ]);
  expect(bus.shown).toHaveLength(1);
});

base(
  "the user is notified even if a page is open but hidden, and a click brings it to the front",
  async ({ site }) => {
    // The driver makes every page visible.
    const bus = await NotificationBus.start();
    const browser = await RawChromium.launch({ DBUS_SESSION_BUS_ADDRESS: bus.address });
    try {
      await browser.allow(site.origin, ["notifications", "backgroundSync"]);
      const page = await openRawPage(browser, site.origin);
      await browser.evaluate(
        page,
        `app.open("test", { configuration: { notifications: ${JSON.stringify(READY)} } })
        .then((session) => session.downloadTask("${SLOW}", { description: "Episode 42" }).resume()).then(() => {})`,
      );
      await browser.open("about:blank");
      await expect.poll(() => bus.shown, { timeout: 30_000 }).toHaveLength(1);
      const isVisible = () => browser.evaluate(page, `document.visibilityState === "visible"`);
      expect(await isVisible()).toBe(false);
      const pages = await browser.pages();
      bus.click(bus.shown[0] as never);
      await expect.poll(isVisible).toBe(true);
      expect(await browser.pages()).toHaveLength(pages.length);
    } finally {
      await browser.close();
      bus.stop();
    }
  },
);

test("a page that the user is looking at needs no notification", async ({ desktop: { bus, page } }) => {
  await start(page, "/files/1KB.bin", { notification: READY });
  await endOf(page, "episode");
  await expect
    .poll(async () => (await rowsOnDisk(page, "tasks")).map((row) => row.notificationDue))
    .toEqual([]);
  expect(bus.shown).toEqual([]);
});

test("a session notifies of each of its tasks unless a task opts out; failures have their own text", async ({
  desktop: { bus, page },
  site,
}) => {
  const steps = new LaunchSteps(site);
  const configuration = { notifications: READY, worker: LAUNCH_WORKER };
  await start(page, SLOW, { id: "a", description: "The first" }, configuration);
  await start(page, "/files/100KB.bin?latency=2500&status=404", { id: "b", description: "The second" });
  await start(page, "/files/100KB.bin?latency=2500&key=3", { id: "c", notification: false });
  await page.close();
  // The launch comes first: when the notification is shown, the app is done.
  await steps.reached("invalid as it should be");
  await expect
    .poll(() => bus.shown.map(({ title }) => title).sort(), { timeout: 30_000 })
    .toEqual(["The first is ready", "The second could not be loaded"]);
});

test("without the user's permission nothing is shown, and nothing fails", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  await start(page, SLOW, { notification: READY }, { worker: LAUNCH_WORKER });
  await page.close();
  await steps.reached("invalid as it should be");
  const reader = await browserApp.open(site.origin);
  // WebKit keeps the row as long as the worker holds the file.
  const unfinished = async () =>
    (await rowsOnDisk(reader, "tasks")).filter((row) => "notificationDue" in row || !("settledAt" in row));
  await expect.poll(unfinished, { timeout: 30_000 }).toEqual([]);
});

const SEASON = {
  groups: {
    season: {
      notification: {
        title: "{done} of {total} of {group}",
        doneTitle: "All {total} of {group}",
        cancelTitle: "Stop {group}",
        body: "Episodes",
        url: "/?from=group",
      },
    },
  },
};

test("one notification shows how far a group is while no page is visible, and that it is ready", async ({
  desktop: { bus, browser, page },
  site,
}) => {
  for (const [id, rate] of [
    ["one", "1MB"],
    ["two", "400KB"],
    ["three", "250KB"],
  ] as const)
    await start(page, `/files/1MB.bin?throttle=${rate}&key=${id}`, { id, group: "season" }, SEASON);
  await page.close();
  const titles = () => bus.shown.map(({ title }) => title);
  await expect.poll(titles, { timeout: 30_000 }).toContain("1 of 3 of season");
  // Nothing in the memory of the worker matters.
  await browser.stopWorkers();
  await expect.poll(titles, { timeout: 60_000 }).toContain("All 3 of season");
  expect(new Set(bus.shown.map(({ id }) => id)).size).toBe(1);
  expect(titles().at(-1)).toBe("All 3 of season");
  expect(bus.shown.at(-1)?.actions).not.toContain("Stop season");
  const opening = browser.context.waitForEvent("page");
  bus.click(bus.shown.at(-1) as never);
  await (await opening).waitForURL(`${site.origin}/?from=group`);
});

test("the button of a group's notification cancels what is left of it, and nothing else", async ({
  desktop: { bus, browser, page },
  site,
}) => {
  await start(page, "/files/100KB.bin", { id: "short", group: "season" }, SEASON);
  await start(page, "/files/2MB.bin?throttle=20KB", { id: "long", group: "season" });
  await start(page, "/files/1MB.bin?throttle=100KB", { id: "other" });
  await page.close();
  await expect.poll(() => bus.shown.at(-1)?.title, { timeout: 30_000 }).toBe("1 of 2 of season");
  bus.press(bus.shown.at(-1) as never, "Stop season");
  await expect.poll(() => bus.closed.length, { timeout: 30_000 }).toBeGreaterThan(0);
  const next = await browser.open(site.origin);
  await next.evaluate(() => app.open());
  expect(await endOf(next, "long")).toMatchObject([{ type: "didComplete", error: "cancelled" }]);
  expect(await endOf(next, "other", 60_000)).toMatchObject([
    { type: "didFinishDownloading" },
    { status: 200 },
  ]);
});

test("a visible page needs no notification of a group", async ({ desktop: { bus, page } }) => {
  await start(page, "/files/100KB.bin", { id: "short", group: "season" }, SEASON);
  await start(page, "/files/1MB.bin?throttle=300KB", { id: "long", group: "season" });
  await endOf(page, "long");
  expect(bus.shown).toEqual([]);
});
