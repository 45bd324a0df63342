import { expect, test } from "../support/fixtures.ts";
import { LaunchSteps } from "../support/launch-steps.ts";

const WORKER = "/launch-worker.js";
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
    [WORKER, SLOW] as const,
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
  expect(steps.seen).toEqual([
    "launched for com.example.bgSession",
    "opened as owner",
    "file episode",
    "complete episode ok",
    "finished events",
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
  }, WORKER);
  expect(found.role).toBe("owner");
  expect(found.tasks).toBe(0);
  // Everything was delivered in the background, once.
  expect(found.news).toEqual([]);
  expect(found.noted.map(({ type }) => type)).toEqual(["didFinishDownloading", "didComplete"]);
});
