import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { saveData } from "../support/save-data.ts";
import type { TestPage } from "../support/test-browser.ts";

type Inspector = typeof import("../../src/inspector/index.ts");

/** What the inspector says of the tasks, by id. */
function sentences(page: TestPage): Promise<Record<string, string>> {
  return page.evaluate(async () => {
    const { inspect, explain } = (await import("/inspector/index.js" as string)) as Inspector;
    const { tasks, takenAt } = await inspect();
    return Object.fromEntries(tasks.map((task) => [task.id, explain(task, takenAt)]));
  });
}

/** What has to be said of each task that `makeWaiting` makes: the cause, by name, and what ends it. */
const SAID: Readonly<Record<string, RegExp>> = {
  paused: /^It is suspended: .* when the app calls resume\(\)\.$/,
  tomorrow: /^Its earliestBeginDate has not come: it may begin in 2[34] hours \(.*Z\)\.$/,
  refused: /^Attempt 1 failed \(HTTP 503\): the next one is in [5-9]\d minutes .*\(Retry-After: 3600 s\)\.$/,
  silent: /^No answer came from localhost:\d+ \(.+\): the next attempt is .*, or when the network is back\.$/,
  hanging: /^It is not waiting: it has sent its request to localhost:\d+, which has not answered yet\.$/,
  held: /^Task "gone" ended badly and holds the queue "edits": .*session\.retry.*queue\.resume/,
  second: /^Task "first" \(backing-off\) is before it in the queue "line"/,
  after: /^It comes after "tomorrow", which must succeed first\.$/,
  crowded:
    /^It waits for a free connection: 1 of 1 of the session to localhost:\d+ \(httpMaximumConnectionsPerHost\) are in use\.$/,
  grouped:
    /^It waits for a free connection: 1 of 1 of the group "album" \(maximumConnections\) are in use\.$/,
  paced: /^The session begins a task every 3600 seconds \(minimumStartInterval\)\.$/,
  discretionary: /^It is discretionary: it waits for mains power, .*the end of other tasks/,
  unauthorized: /^It waits for authorization after HTTP 403: the app has to call resume\(\)\.$/,
  asked: /^The app is asked after HTTP 401: its delegate has to answer didReceiveChallenge/,
  huge: /^It failed \(storage-full\): .*\.$/,
};

async function makeWaiting(page: TestPage): Promise<void> {
  await page.evaluate(async () => {
    const path = "/files/1KB.bin";
    const slow = "/files/4MB.bin?throttle=20KB";
    const session = await app.open("test", {
      configuration: {
        queues: { edits: { onFailure: "hold" } },
        groups: { album: { maximumConnections: 1 } },
      },
      delegate: { didReceiveChallenge: () => new Promise<never>(() => {}) },
    });
    const tomorrow = new Date(Date.now() + 86_400_000);
    session.dataTask(`${path}?key=paused`, { id: "paused" });
    const made = [
      session.dataTask(`${path}?key=tomorrow`, { id: "tomorrow", earliestBeginDate: tomorrow }),
      session.dataTask(`${path}?key=refused&status=503&retryAfter=3600`, { id: "refused" }),
      session.dataTask("/never", { id: "silent", timeoutIntervalForRequest: 1 }),
      session.dataTask("/never", { id: "hanging" }),
      session.dataTask("/status/404", { id: "gone", queue: "edits" }),
      session.dataTask(`${path}?key=held`, { id: "held", queue: "edits" }),
      session.dataTask(`${path}?key=first&status=503&retryAfter=3600`, { id: "first", queue: "line" }),
      session.dataTask(`${path}?key=second`, { id: "second", queue: "line" }),
      session.dataTask(`${path}?key=after`, { id: "after", after: ["tomorrow"] }),
      session.downloadTask(slow, { id: "album 1", group: "album" }),
      session.downloadTask(`${path}?key=grouped`, { id: "grouped", group: "album" }),
      session.downloadTask(`${path}?key=discretionary`, { id: "discretionary", isDiscretionary: true }),
      session.dataTask(`${path}?status=403`, { id: "unauthorized", waitStatuses: [403] }),
      session.dataTask(`${path}?status=401`, { id: "asked", challengeStatuses: [401] }),
      session.downloadTask("/huge", { id: "huge" }),
    ];
    const narrow = await app.BackgroundSession.open("narrow", {
      serviceWorker: "/sw.js",
      configuration: { httpMaximumConnectionsPerHost: 1 },
    });
    made.push(narrow.downloadTask(`${slow}&key=busy`, { id: "busy" }));
    made.push(narrow.downloadTask(`${path}?key=crowded`, { id: "crowded" }));
    const measured = await app.BackgroundSession.open("measured", {
      serviceWorker: "/sw.js",
      configuration: { minimumStartInterval: 3600 },
    });
    made.push(measured.downloadTask(`${slow}&key=started`, { id: "started" }));
    made.push(measured.downloadTask(`${path}?key=paced`, { id: "paced" }));
    await Promise.all(made.map((task) => task.resume()));
  });
}

test("the sentence of each task that waits names the cause and what ends it", { tag: "@core" }, async ({
  page,
  site,
}) => {
  site.route("/never", () => {});
  site.route("/huge", (_, response) => {
    const total = 20e12;
    response.writeHead(206, { etag: '"huge"', "content-range": `bytes 0-${total - 1}/${total}` });
    response.write("x");
  });
  await makeWaiting(page);
  await expect
    .poll(
      async () => {
        const said = await sentences(page);
        return Object.entries(SAID).flatMap(([id, wanted]) =>
          wanted.test(said[id] ?? "") ? [] : `${id}: ${said[id]}`,
        );
      },
      { timeout: 30_000 },
    )
    .toEqual([]);
});

test("a page that does not get the events of a session sees that another one has it", async ({
  browserApp,
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open("test", {
      delegate: { didComplete: () => new Promise<void>(() => {}) },
    });
    await session.dataTask("/echo", { id: "ended" }).resume();
  });
  const other = await browserApp.open(site.origin);
  await other.evaluate(async () => {
    await import("/inspector/index.js" as string);
    document.body.append(document.createElement("background-inspector"));
  });
  await expect
    .poll(() =>
      other.evaluate(
        () => document.querySelector("background-inspector")?.shadowRoot?.querySelector("ul li")?.textContent,
      ),
    )
    .toBe("test: unfinished tasks: 0, events owed: 1, a page has it");
});

test(
  "a task that must not use the present network is told which option allows it",
  needs("network-information"),
  async ({ chromium, page, site }) => {
    await page.evaluate(() =>
      app.open("test", { configuration: { allowsConstrainedNetworkAccess: false } }).then(() => {}),
    );
    await saveData(chromium, site.origin, true);
    await page.evaluate(() =>
      app.BackgroundSession.current("test")?.dataTask("/echo", { id: "careful" }).resume(),
    );
    await expect
      .poll(async () => (await sentences(page)).careful)
      .toBe(
        "The present network is not allowed: it is cellular (allowsExpensiveNetworkAccess), or the user wants to save " +
          "data (allowsConstrainedNetworkAccess). It goes on with another network.",
      );
  },
);
