import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";
import { eventsOf, expectNoFaults, openUppy, percentageOf, press, rowsOf } from "../support/uppy-page.ts";

test.slow();

const SLOW = { endpoint: "/tus?throttle=600KB", protocol: "tus" } as const;
const BUTTON = ".uppy-Dashboard-Item-progressIndicator";
const REMOVE = ".uppy-Dashboard-Item-action--remove";

/** Closes the session of a page, opens it anew, and takes it from every other tab. */
async function takeOver(page: TestPage): Promise<void> {
  await page.evaluate(async () => {
    await (await uppyApp.session).close();
    const options = { serviceWorker: "/sw.js", onBusy: "take-over", delegate: {} } as const;
    uppyApp.session = uppyApp.BackgroundSession.open("uppy", options);
    await uppyApp.session;
  });
}

/** Opens the session again that the app has closed. */
async function openAgain(page: TestPage): Promise<void> {
  await page.evaluate(() => {
    const { BackgroundSession } = uppyApp;
    uppyApp.session = BackgroundSession.open("uppy", { serviceWorker: "/sw.js", delegate: {} });
  });
}

/** Waits until the page has lost its session. */
async function untilLost(page: TestPage): Promise<void> {
  await expect.poll(() => page.evaluate(() => uppyApp.BackgroundSession.current("uppy"))).toBeUndefined();
}

function messagesOf(page: TestPage): Promise<string[]> {
  return page.evaluate(() => uppyApp.uppy.getState().info.map(({ message }) => String(message)));
}

test("an upload whose session another tab has taken over goes on in this page's Dashboard, which controls it", async ({
  browserApp,
  site,
}) => {
  const page = await openUppy(browserApp, site.origin, SLOW, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 16_000_000, "b.png": 12_000_000 }));
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(1);
  const other = await openUppy(browserApp, site.origin, SLOW);
  await takeOver(other);
  await untilLost(page);
  const before = await percentageOf(page);
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(before);
  await press(page, BUTTON);
  await expect.poll(() => rowsOf(page)).toEqual(["a.png: Resume upload", "b.png: Pause upload"]);
  await expect
    .poll(() => rowsOf(other).then((rows) => rows.sort()))
    .toEqual(["a.png: Resume upload", "b.png: Pause upload"]);
  await press(page, REMOVE);
  await expect.poll(() => rowsOf(other)).toEqual(["b.png: Pause upload"]);
  await page.evaluate(() => uppyApp.add({ "c.png": 10_000 }));
  await expect.poll(() => rowsOf(page), { timeout: 120_000 }).toEqual(["b.png: complete", "c.png: complete"]);
  expect((await eventsOf(page)).filter((event) => event.startsWith("error"))).toEqual([]);
  await expect
    .poll(() => other.evaluate(() => [...uppyApp.completions].sort()))
    .toEqual([expect.stringMatching(/^b.png 20/), expect.stringMatching(/^c.png 20/)]);
  expect(await page.evaluate(() => uppyApp.completions)).toEqual([]);
  await expectNoFaults(page);
});

test("a refused upload can be repeated after another tab has taken the session over", async ({
  browserApp,
  site,
}) => {
  const options = { endpoint: "/echo?status=422&times=1" };
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true, preProcessors: 0 });
  await page.evaluate(() => uppyApp.add({ "a.png": 3_000 }));
  await expect.poll(() => eventsOf(page)).toContain("complete 0 1");
  await expect.poll(() => page.evaluate(() => uppyApp.completions)).toEqual(["a.png 422"]);
  const other = await openUppy(browserApp, site.origin, options);
  // At the moment in which the page learns that it has lost its session.
  await page.evaluate(async (button) => {
    (await uppyApp.session).subscribe(({ isOpen }) => {
      if (!isOpen) document.querySelector<HTMLElement>(button)?.click();
    });
  }, BUTTON);
  await takeOver(other);
  await expect.poll(() => eventsOf(page)).toContain("success a.png 200 3000");
  await expect.poll(() => rowsOf(page)).toEqual(["a.png: complete"]);
  expect(site.requests("/echo").map(({ status }) => status)).toEqual([422, 200]);
});

test("an upload whose session the app has closed is no error: Dashboard says that it goes on", async ({
  browserApp,
  site,
}) => {
  const page = await openUppy(browserApp, site.origin, SLOW, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 2_000_000 }));
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(5);
  await page.evaluate(async () => (await uppyApp.session).close());
  await expect
    .poll(() => messagesOf(page))
    .toEqual(['The session "uppy" was closed. The uploads go on; reload the page to see them.']);
  // It cannot be paused from here, and does not look as if it were.
  await press(page, BUTTON);
  await expect.poll(async () => (await messagesOf(page))[1]).toMatch(/was closed.*open the session again/);
  expect(await rowsOf(page)).toEqual(["a.png: Pause upload"]);
  // A new file cannot be stored, and that is an error.
  await page.evaluate(() => uppyApp.add({ "b.png": 5 }));
  const failed = [expect.stringMatching(/^error b.png .*was closed/), "complete 0 1"];
  await expect.poll(() => eventsOf(page)).toEqual(["start a.png", "start b.png", ...failed]);
  await expect
    .poll(() => site.storedUploads("tus"), { timeout: 30_000 })
    .toMatchObject([{ sizeBytes: 2_000_000, isComplete: true }]);
  expect(await eventsOf(page)).toEqual(["start a.png", "start b.png", ...failed]);
});

test("when the app opens the session again, Dashboard follows its uploads, and what was removed is cancelled", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openUppy(browserApp, site.origin, SLOW, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 3_000_000, "b.png": 2_000_000, "c.png": 30_000 }));
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(5);
  await page.evaluate(async () => (await uppyApp.session).close());
  await press(page, REMOVE);
  // One of them ends while the page has no session.
  await expect
    .poll(() => site.storedUploads("tus"))
    .toContainEqual(expect.objectContaining({ sizeBytes: 30_000, isComplete: true }));
  await openAgain(page);
  await expect
    .poll(() => page.evaluate(async () => (await uppyApp.session).tasks().map((task) => task.description)))
    .toEqual(["b.png"]);
  await expect.poll(() => eventsOf(page), { timeout: 30_000 }).toContain("complete 2 0");
  expect(await rowsOf(page)).toEqual(["b.png: complete", "c.png: complete"]);
  await expect
    .poll(() => page.evaluate(() => [...uppyApp.completions].sort()))
    .toEqual([expect.stringMatching(/^b.png 20/), expect.stringMatching(/^c.png 20/)]);
});

test("an upload that ended while the page had no session is told with its answer when it has one again", async ({
  browserApp,
  site,
}) => {
  const options = { endpoint: "/echo?latency=2000&status=422&times=1" };
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 1_000, "b.png": 2_000 }));
  await expect.poll(() => site.requests("/echo").length).toBe(2);
  await page.evaluate(async () => (await uppyApp.session).close());
  const answered = () => site.requests("/echo").filter(({ status }) => status !== undefined).length;
  await expect.poll(answered).toBe(2);
  expect((await eventsOf(page)).length).toBe(1);
  await openAgain(page);
  await expect.poll(() => eventsOf(page)).toContain("complete 1 1");
  expect((await eventsOf(page)).filter((event) => event.endsWith("status 422."))).toHaveLength(1);
  await expect.poll(() => page.evaluate(() => uppyApp.completions.length)).toBe(2);
  await page.evaluate(() => uppyApp.uppy.retryAll());
  await expect.poll(() => rowsOf(page)).toEqual(["a.png: complete", "b.png: complete"]);
  expect(site.requests("/echo")).toHaveLength(3);
});

test("what another tab has settled while the page had no session is complete there, and what was refused can be repeated", async ({
  browserApp,
  site,
}) => {
  const options = { endpoint: "/echo?latency=2000&status=422&times=1" };
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  const other = await openUppy(browserApp, site.origin, options);
  await page.evaluate(() => uppyApp.add({ "a.png": 1_000, "b.png": 2_000 }));
  await expect.poll(() => site.requests("/echo").length).toBe(2);
  await page.evaluate(async () => (await uppyApp.session).close());
  await expect.poll(() => other.evaluate(() => uppyApp.completions.length)).toBe(2);
  await openAgain(page);
  await expect.poll(() => eventsOf(page), { timeout: 30_000 }).toContain("complete 1 1");
  const events = (await eventsOf(page)).map((event) => event.replace(/^(success|error) \w\.png/, "$1"));
  expect(events.sort()).toEqual([
    "complete 1 1",
    "error The server's response has the status 422.",
    "start a.png,b.png",
    "success 0 undefined",
  ]);
  await page.evaluate(() => uppyApp.uppy.retryAll());
  for (const tab of [page, other])
    await expect
      .poll(() => rowsOf(tab).then((rows) => rows.sort()))
      .toEqual(["a.png: complete", "b.png: complete"]);
  expect(site.requests("/echo")).toHaveLength(3);
});
