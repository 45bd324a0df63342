import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { LAUNCH_WORKER, LaunchSteps, openSession, SYNC_TAG, startAndLeave } from "../support/launch-steps.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";

test.use({ ownBrowser: true });

const SLOW = "/files/2MB.bin?throttle=1MB";

test("the six steps: the app is relaunched in the background to handle the events of its session", async ({
  browserApp,
  page,
  site,
}) => {
  const steps = new LaunchSteps(site);

  // "To create a background session … add tasks here"
  await page.evaluate(
    async ([worker, url]) => {
      const session = await app.open("com.example.bgSession", { serviceWorker: worker });
      await session.downloadTask(url, { id: "episode" }).resume();
    },
    [LAUNCH_WORKER, SLOW] as const,
  );
  await page.close();

  // "… it means your app has been relaunched in the background to handle activity on a session."
  await steps.reached("launched for com.example.bgSession");
  // "In that method, you should create a new session with the provided identifier and configure it with a delegate …
  // Additionally, you should store the provided completion handler in a dictionary, using the session as the key."
  await steps.reached("opened as owner");
  // "When the delegate's URLSessionDidFinishEventsForBackgroundURLSession method gets called to tell you that there are
  // no more events to handle, your app should look up the completion handler for that session, remove the session from
  // the dictionary, and call the completion handler …"
  await steps.reached("finished events");
  // "As soon as you call that method, the background session immediately gets invalidated."
  await steps.reached("after the handler: session-invalidated");
  await steps.reached("invalid as it should be");
  expect(steps.seen.slice(0, 5)).toEqual([
    "launched for com.example.bgSession",
    "opened as owner",
    "file episode",
    "complete episode ok",
    "finished events",
  ]);
  // The worker logs both at the same moment, so the server may hear of either first.
  expect(steps.seen.slice(5).sort()).toEqual([
    "after the handler: session-invalidated",
    "invalid as it should be",
  ]);

  // "If your application then receives an application:didFinishLaunchingWithOptions: call … it is safe to create a
  // background session with that same identifier, because the old session with that identifier no longer exists."
  const next = await browserApp.open(site.origin);
  const found = await next.evaluate(async (worker) => {
    const session = await app.open("com.example.bgSession", { serviceWorker: worker });
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { role: session.role, tasks: session.tasks().length, news: app.news, noted: await app.entries() };
  }, LAUNCH_WORKER);
  expect(found.role).toBe("owner");
  expect(found.tasks).toBe(0);
  // Everything was delivered in the background, once.
  expect(found.news).toEqual([]);
  expect(found.noted.map(({ type }) => type)).toEqual(["didFinishDownloading", "didComplete"]);
});

test("the named completion handler of a task is called in the launch, after its didComplete", async ({
  page,
  browserApp,
  site,
}) => {
  const steps = new LaunchSteps(site);
  await startAndLeave(page, SLOW, { isCompletionHandled: true });
  await steps.reached("invalid as it should be");
  expect(steps.seen.slice(2, 6)).toEqual([
    "file episode",
    "complete episode ok",
    "handler sent",
    "finished events",
  ]);
  const reader = await browserApp.open(site.origin);
  const noted = await reader.evaluate(() => app.entries());
  expect(noted).toHaveLength(3);
  expect(noted[2]).toMatchObject({ type: "handler", context: { answer: 42 } });
  expect(await rowsOnDisk(reader, "outbox")).toEqual([]);
  expect(await rowsOnDisk(reader, "launches")).toEqual([]);
});

test("the app is launched once for all tasks of a session, when the last of them has finished", async ({
  page,
  site,
}) => {
  const steps = new LaunchSteps(site);
  await page.evaluate(async (worker) => {
    const session = await app.open("test", { serviceWorker: worker });
    for (let index = 0; index < 5; index += 1) {
      const url = `/files/100KB.bin?key=${index}&latency=${1_000 + index * 400}`;
      session.downloadTask(url, { id: `file-${index}` }).resume();
    }
    // A suspended task does nothing until a page resumes it, so the launch does not wait for it.
    session.downloadTask("/files/1MB.bin", { id: "suspended" });
  }, LAUNCH_WORKER);
  await expect.poll(() => site.requests("/files/100KB.bin").length).toBeGreaterThan(0);
  await page.close();
  await steps.reached("invalid as it should be");
  expect(steps.seen.filter((step) => step.startsWith("launched"))).toHaveLength(1);
  expect(steps.seen.filter((step) => step.startsWith("complete"))).toHaveLength(5);
});

test("a second session with the same identifier is refused in the same launch", async ({ page, site }) => {
  const steps = new LaunchSteps(site);
  await startAndLeave(page, SLOW, { worker: `${LAUNCH_WORKER}?twice` });
  await steps.reached("a second one: session-in-use");
  await steps.reached("invalid as it should be");
});

test(
  "an app that fails in its launch is launched again at the next wake, and not before",
  needs("background-sync"),
  async ({ page, chromium, site }) => {
    const steps = new LaunchSteps(site);
    await startAndLeave(page, SLOW, { worker: `${LAUNCH_WORKER}?fails` });
    await steps.reached("launched for test");
    await chromium.sync(`${site.origin}/`, SYNC_TAG);
    await steps.reached("launched for test", 2);
    // The launch record and the events persist until they are handled. If the sync event that the leaving page
    // registered reached the browser, it is one more wake.
    const reader = await chromium.open(site.origin);
    const launches = async () => (await rowsOnDisk(reader, "launches"))[0]?.tries;
    await expect.poll(async () => (await launches()) === steps.seen.length).toBe(true);
    expect(steps.seen.length).toBeLessThanOrEqual(3);
    expect(new Set(steps.seen)).toEqual(new Set(["launched for test"]));
    expect(await openSession(reader, `${LAUNCH_WORKER}?fails`)).toBe("owner");
    await expect.poll(() => reader.evaluate(() => app.entries())).toHaveLength(2);
  },
);

test(
  "an app that never calls the handler is launched again at the next wake, without the events it has already had",
  needs("background-sync"),
  async ({ page, chromium, site }) => {
    const steps = new LaunchSteps(site);
    await startAndLeave(page, SLOW, { worker: `${LAUNCH_WORKER}?forgets` });
    await steps.reached("finished events");
    await chromium.stopWorkers();
    await chromium.sync(`${site.origin}/`, SYNC_TAG);
    await steps.reached("finished events", 2);
    expect(steps.seen).toEqual([
      "launched for test",
      "opened as owner",
      "file episode",
      "complete episode ok",
      "finished events",
      "launched for test",
      "opened as owner",
      "finished events",
    ]);
  },
);

test(
  "without the option, or if the session opts out, events wait for the next page",
  needs("background-sync"),
  async ({ page, chromium, site }) => {
    const steps = new LaunchSteps(site);
    const path = "/files/2MB.bin";
    await startAndLeave(page, SLOW, { configuration: { sessionSendsLaunchEvents: false } });
    await expect.poll(() => site.bytesSent(path)).toBe(2_000_000);
    await chromium.sync(`${site.origin}/`, SYNC_TAG);
    const next = await chromium.open(site.origin);
    expect(await openSession(next)).toBe("owner");
    await expect.poll(() => next.evaluate(() => app.entries())).toHaveLength(2);
    expect(await next.evaluate(() => app.news)).toEqual(["finished events"]);
    expect(steps.seen).toEqual([]);
  },
);

test(
  "a session that a page has open is not launched until that page has gone without taking its events",
  needs("background-sync"),
  async ({ page, chromium, site }) => {
    const steps = new LaunchSteps(site);
    await page.evaluate(async (worker) => {
      // This delegate never settles.
      const delegate = { didFinishDownloading: () => new Promise(() => {}) };
      const session = await app.open("test", { serviceWorker: worker, delegate });
      await session.downloadTask("/files/1MB.bin", { id: "episode" }).resume();
    }, LAUNCH_WORKER);
    await expect.poll(async () => (await rowsOnDisk(page, "outbox")).length).toBe(2);
    await chromium.sync(`${site.origin}/`, SYNC_TAG);
    expect(steps.seen).toEqual([]);
    await page.close();
    await steps.reached("invalid as it should be");
    expect(steps.seen.filter((step) => step.startsWith("file"))).toHaveLength(1);
  },
);
