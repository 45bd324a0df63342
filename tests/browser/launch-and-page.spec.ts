import { expect, test } from "../support/fixtures.ts";
import { LaunchSteps, openSession, startAndLeave } from "../support/launch-steps.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import type { TestPage } from "../support/test-browser.ts";

test.use({ ownBrowser: true });

const SLOW = "/files/2MB.bin?throttle=2MB";

/** Returns the events that the app noted, each with its place, in the order of delivery. */
async function deliveries(page: TestPage): Promise<string[]> {
  const here = await page.evaluate(() => app.realm);
  const noted = await page.evaluate(() => app.entries());
  return noted.map(({ type, realm }) => `${type} ${realm === here ? "in the page" : "in the worker"}`);
}

/** No event is left to deliver. */
async function expectAllSettled(page: TestPage): Promise<void> {
  await expect.poll(() => rowsOnDisk(page, "outbox"), { timeout: 30_000 }).toEqual([]);
  await expect.poll(() => rowsOnDisk(page, "launches"), { timeout: 30_000 }).toEqual([]);
}

test("a page that opens the session before its tasks end gets the events, and no app is launched", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  await startAndLeave(page, "/files/2MB.bin?throttle=500KB");
  const next = await browserApp.open(site.origin);
  expect(await openSession(next)).toBe("owner");
  await expectAllSettled(next);
  await expect
    .poll(() => deliveries(next))
    .toEqual(["didFinishDownloading in the page", "didComplete in the page"]);
  expect(steps.seen).toEqual([]);
});

test("a page that opens the session while the app is being launched gets every event", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  const gate = steps.stopAt("launched for test");
  await startAndLeave(page, SLOW);
  await steps.reached("launched for test");
  const next = await browserApp.open(site.origin);
  expect(await openSession(next)).toBe("owner");
  gate.open();
  await steps.reached("invalid session-taken-over");
  await expectAllSettled(next);
  expect(await deliveries(next)).toEqual(["didFinishDownloading in the page", "didComplete in the page"]);
  expect(steps.seen).toEqual(["launched for test", "opened as observer", "invalid session-taken-over"]);
});

test("a page that opens the session right after the launch has opened it gets every event", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  const gate = steps.stopAt("opened as owner");
  await startAndLeave(page, SLOW);
  await steps.reached("opened as owner");
  const next = await browserApp.open(site.origin);
  expect(await openSession(next)).toBe("owner");
  await expectAllSettled(next);
  gate.open();
  await steps.reached("invalid session-taken-over");
  expect(await deliveries(next)).toEqual(["didFinishDownloading in the page", "didComplete in the page"]);
});

test("an event that the launch is delivering is settled there, and the rest goes to the page", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  const gate = steps.stopAt("file episode");
  await startAndLeave(page, SLOW);
  await steps.reached("file episode");
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => {
    const channel = new BroadcastChannel("background-session:/#owner:test");
    channel.onmessage = ({ data }) => void app.news.push(data.say);
  });
  const role = openSession(next);
  await expect.poll(() => next.evaluate(() => app.news)).toContain("giving-way");
  gate.open();
  expect(await role).toBe("owner");
  await expectAllSettled(next);
  expect(await deliveries(next)).toEqual(["didFinishDownloading in the worker", "didComplete in the page"]);
  await steps.reached("invalid session-taken-over");
});

test("a launch whose delegate hangs gives way all the same, and the page gets the event with the same id", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  const gate = steps.stopAt("file episode");
  await startAndLeave(page, SLOW);
  await steps.reached("file episode");
  const next = await browserApp.open(site.origin);
  expect(await openSession(next)).toBe("owner");
  await expectAllSettled(next);
  gate.open();
  await steps.reached("invalid session-taken-over");
  expect(await deliveries(next)).toEqual([
    "didFinishDownloading in the worker",
    "didFinishDownloading in the page",
    "didComplete in the page",
  ]);
  const [first, second] = await next.evaluate(() => app.entries());
  expect(second?.eventId).toBe(first?.eventId);
});

test("a page that opens the session in didFinishEvents gets nothing twice, and the handler may still be called", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  const gate = steps.stopAt("finished events");
  await startAndLeave(page, SLOW);
  await steps.reached("finished events");
  const next = await browserApp.open(site.origin);
  expect(await openSession(next)).toBe("owner");
  gate.open();
  await steps.reached("after the handler: session-invalidated");
  await expectAllSettled(next);
  expect(await deliveries(next)).toEqual(["didFinishDownloading in the worker", "didComplete in the worker"]);
  expect(steps.seen.filter((step) => step.startsWith("invalid"))).toEqual(["invalid session-taken-over"]);
  // The handler does not end the page's session.
  expect(await next.evaluate(() => app.BackgroundSession.current("test")?.role)).toBe("owner");
});

test("a page that opens the session after the handler was called is the owner, and the next launch is possible", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  await startAndLeave(page, SLOW);
  await steps.reached("after the handler: session-invalidated");
  const next = await browserApp.open(site.origin);
  expect(await openSession(next)).toBe("owner");
  await startAndLeave(next, `${SLOW}&key=2`, { id: "another" });
  await steps.reached("complete another ok");
  await steps.reached("invalid as it should be", 2);
  const reader = await browserApp.open(site.origin);
  await expectAllSettled(reader);
  expect(await reader.evaluate(() => app.entries())).toHaveLength(4);
});

for (const onBusy of ["wait", "fail", "take-over"] as const) {
  test(`a page with onBusy "${onBusy}" gets the session of a launch too`, async ({
    page,
    browserApp,
    site,
  }) => {
    const steps = new LaunchSteps(site);
    const gate = steps.stopAt("file episode");
    await startAndLeave(page, SLOW);
    await steps.reached("file episode");
    const next = await browserApp.open(site.origin);
    const opened = next.evaluate(
      async (onBusy) => (await app.open("test", { serviceWorker: "/launch-worker.js", onBusy })).role,
      onBusy,
    );
    gate.open();
    expect(await opened).toBe("owner");
    await expectAllSettled(next);
    const types = (await next.evaluate(() => app.entries())).map(({ type, eventId }) => `${type} ${eventId}`);
    expect(new Set(types).size).toBe(2);
  });
}

test("two pages that open the session of a launch at the same time are one owner and one observer", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  const gate = steps.stopAt("file episode");
  await startAndLeave(page, SLOW);
  await steps.reached("file episode");
  const pages = [await browserApp.open(site.origin), await browserApp.open(site.origin)] as const;
  const opened = Promise.all(pages.map((it) => openSession(it)));
  gate.open();
  await opened;
  // The lock may change hands a moment after the notice.
  const roles = () =>
    Promise.all(pages.map((it) => it.evaluate(() => String(app.BackgroundSession.current("test")?.role))));
  await expect.poll(async () => (await roles()).sort()).toEqual(["observer", "owner"]);
  await expectAllSettled(pages[0]);
  expect(await pages[0].evaluate(() => app.entries())).toHaveLength(2);
});
