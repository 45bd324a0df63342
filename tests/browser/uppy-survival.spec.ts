import type { TestServer } from "../../server/server.ts";
import type { BackgroundTask } from "../../src/app/index.ts";
import { needs } from "../support/absences.ts";
import { ENGINES } from "../support/engines.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";
import {
  eventsOf,
  expectNoFaults,
  openUppy,
  percentageOf,
  press,
  rowsOf,
  showUppy,
} from "../support/uppy-page.ts";

test.slow();

const REMOVE = ".uppy-Dashboard-Item-action--remove";
/** More than what Golden Retriever keeps of a file. */
const SIZE = 12_000_000;
const SLOW = { endpoint: "/tus?throttle=1200KB", protocol: "tus" } as const;

/** Starts an upload, and waits until the server has a part of it. */
async function startSlowly(browserApp: TestBrowser, site: TestServer): Promise<TestPage> {
  const page = await openUppy(browserApp, site.origin, SLOW, { autoProceed: true });
  await page.evaluate((size) => uppyApp.add({ "film.png": size }, { album: "Summer" }), SIZE);
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(8);
  return page;
}

/** Expects that a page shows the upload where it is, without its data, and that it ends there. */
async function expectRestored(page: TestPage, site: TestServer): Promise<void> {
  await expect.poll(() => rowsOf(page)).toEqual(["film.png: Pause upload"]);
  expect(await percentageOf(page)).toBeGreaterThan(3);
  expect(await eventsOf(page)).toEqual([]);
  const [file] = await page.evaluate(() =>
    uppyApp.uppy
      .getFiles()
      .map(({ name, type, size, meta, data }) => ({ name, type, size, meta, held: data?.size })),
  );
  const meta = { album: "Summer", name: "film.png", type: "image/png" };
  expect(file).toEqual({ name: "film.png", type: "image/png", size: SIZE, meta, held: 0 });
  await expect.poll(() => eventsOf(page), { timeout: 60_000 }).toContain("complete 1 0");
  expect(await eventsOf(page)).toEqual([expect.stringMatching(/^success film.png 20\d/), "complete 1 0"]);
  expect(await rowsOf(page)).toEqual(["film.png: complete"]);
  expect((await page.evaluate(() => uppyApp.steps)).filter((step) => step.startsWith("after"))).toHaveLength(
    1,
  );
  const stored = await site.storedUploads("tus");
  expect(stored).toMatchObject([{ sizeBytes: SIZE, isComplete: true }]);
  await expect
    .poll(() => page.evaluate(() => uppyApp.completions))
    .toEqual([expect.stringMatching(/^film.png 20\d/)]);
  await expectNoFaults(page);
}

test("after a reload, Dashboard shows an upload where it is", async ({ browserApp, site }) => {
  const page = await startSlowly(browserApp, site);
  expect(await page.evaluate(() => uppyApp.steps)).toEqual(["before film.png"]);
  await page.reload();
  await showUppy(page, SLOW);
  const detailsOf = () =>
    page.evaluate(() => document.querySelector(".uppy-StatusBar-statusSecondary")?.textContent);
  // Dashboard would take what the server has already for what it got in no time.
  await expect.poll(detailsOf).toMatch(/ · [1-9].* left$/);
  await expectRestored(page, site);
  expect(await page.evaluate(() => uppyApp.steps)).toEqual([expect.stringMatching(/^after film.png 20\d$/)]);
});

for (const preProcessors of [0, 3])
  test(`after a deploy with ${preProcessors} pre-processors instead of one, Dashboard shows an upload where it is`, async ({
    browserApp,
    site,
  }) => {
    const page = await startSlowly(browserApp, site);
    await page.reload();
    await showUppy(page, SLOW, { autoProceed: true, preProcessors });
    await expectRestored(page, site);
    expect((await page.evaluate(() => uppyApp.steps)).filter((step) => step.startsWith("before"))).toEqual(
      [],
    );
  });

/** What Uppy has emitted of uploads that have ended. */
async function endsOf(page: TestPage): Promise<string[]> {
  const events = await eventsOf(page);
  return events.filter((event) => !event.startsWith("start"));
}

test("a file that the user removes while pre-processors work does not end the run of the restored files", async ({
  browserApp,
  site,
}) => {
  const page = await startSlowly(browserApp, site);
  await page.evaluate(() => uppyApp.add({ "b.png": 2_000_000 }));
  await expect.poll(async () => (await site.storedUploads("tus")).length).toBe(2);
  await page.reload();
  await page.waitForFunction(() => "uppyApp" in globalThis);
  await page.evaluate((slow) => {
    uppyApp.show(slow);
    const held = new Promise((resolve) => Object.assign(globalThis, { resolve }));
    uppyApp.uppy.addPreProcessor(() => held as Promise<void>);
  }, SLOW);
  await expect.poll(() => rowsOf(page)).toEqual(["film.png: Pause upload", "b.png: Pause upload"]);
  await press(page, REMOVE);
  await page.evaluate(() => (globalThis as unknown as { resolve: () => void }).resolve());
  await expect
    .poll(() => endsOf(page), { timeout: 60_000 })
    .toContainEqual(expect.stringMatching("complete"));
  expect(await endsOf(page)).toEqual([expect.stringMatching(/^success b.png 20\d/), "complete 1 0"]);
  await expectNoFaults(page);
});

test("a file that another tab adds completes after the user has removed the one that was restored", async ({
  browserApp,
  site,
}) => {
  const page = await startSlowly(browserApp, site);
  await page.reload();
  await showUppy(page, SLOW);
  await expect.poll(() => rowsOf(page)).toEqual(["film.png: Pause upload"]);
  const other = await openUppy(browserApp, site.origin, SLOW, { autoProceed: true });
  await other.evaluate(() => uppyApp.add({ "b.png": 1_200_000 }));
  await expect.poll(() => rowsOf(page)).toEqual(["film.png: Pause upload", "b.png: Pause upload"]);
  await press(page, REMOVE);
  await expect
    .poll(() => endsOf(page), { timeout: 60_000 })
    .toContainEqual(expect.stringMatching("complete"));
  expect(await endsOf(page)).toEqual([expect.stringMatching(/^success b.png 20\d/), "complete 1 0"]);
  await expectNoFaults(page);
});

test("after a crash of the tab, Dashboard shows an upload where it is", async ({ browserApp, site }) => {
  await browserApp.crash(await startSlowly(browserApp, site));
  await expectRestored(await openUppy(browserApp, site.origin, SLOW), site);
});

test("after the user has quit the browser and started it again, Dashboard shows an upload where it is", async ({
  browserApp,
  site,
}) => {
  await startSlowly(browserApp, site);
  await browserApp.closeAndRestart();
  await expectRestored(await openUppy(browserApp, site.origin, SLOW), site);
});

test("after the browser was killed, Dashboard shows an upload where it is", { tag: "@core" }, async ({
  browserApp,
  site,
}) => {
  await startSlowly(browserApp, site);
  await browserApp.killAndRestart();
  await expectRestored(await openUppy(browserApp, site.origin, SLOW), site);
});

test("uploads that ended while no page was open are told to the next one, once", async ({
  browserApp,
  site,
}) => {
  const slow = { endpoint: "/echo?latency=1500" };
  const page = await openUppy(browserApp, site.origin, slow, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 100_000, "b.png": 5 }));
  await expect.poll(() => site.requests("/echo").length).toBe(2);
  await page.close();
  await expect.poll(() => site.requests("/echo").filter(({ status }) => status === 200).length).toBe(2);
  const next = await openUppy(browserApp, site.origin, slow);
  await expect.poll(() => eventsOf(next)).toContain("complete 2 0");
  expect((await eventsOf(next)).sort()).toEqual([
    "complete 2 0",
    "success a.png 200 100000",
    "success b.png 200 5",
  ]);
  expect((await rowsOf(next)).sort()).toEqual(["a.png: complete", "b.png: complete"]);
  await expect.poll(() => next.evaluate(() => uppyApp.completions.length)).toBe(2);
  await expectNoFaults(next);
  await next.reload();
  await showUppy(next, slow);
  await next.evaluate(() => uppyApp.add({ "c.png": 5 }));
  await press(next, ".uppy-StatusBar-actionBtn--upload");
  await expect.poll(() => eventsOf(next)).toEqual(["start c.png", "success c.png 200 5", "complete 1 0"]);
});

test("an upload that was refused while no page was open can be repeated from disk, once", async ({
  browserApp,
  site,
}) => {
  const slow = { endpoint: "/echo?latency=1500&status=422&times=1" };
  const page = await openUppy(browserApp, site.origin, slow, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 100_000 }));
  await expect.poll(() => site.requests("/echo").length).toBe(1);
  await page.close();
  await expect.poll(() => site.requests("/echo")[0]?.status).toBe(422);
  const next = await openUppy(browserApp, site.origin, slow);
  const refused = "error a.png The server's response has the status 422.";
  await expect.poll(() => eventsOf(next)).toEqual([refused, "complete 0 1"]);
  await expect.poll(() => next.evaluate(() => uppyApp.completions)).toEqual(["a.png 422"]);
  await press(next, ".uppy-Dashboard-Item-progressIndicator");
  await expect.poll(() => eventsOf(next)).toEqual([refused, "complete 0 1", "success a.png 200 100000"]);
  await expect.poll(() => next.evaluate(() => uppyApp.completions)).toEqual(["a.png 422", "a.png 200"]);
  expect(site.requests("/echo")).toHaveLength(2);
  await expectNoFaults(next);
});

test("a paused upload is still paused after a reload, and counts for the restrictions", async ({
  browserApp,
  site,
}) => {
  const page = await startSlowly(browserApp, site);
  await press(page, ".uppy-Dashboard-Item-progressIndicator");
  await expect.poll(() => rowsOf(page)).toEqual(["film.png: Resume upload"]);
  await expect
    .poll(() => page.evaluate(() => uppyApp.BackgroundSession.current("uppy")?.tasks()[0]?.state))
    .toBe("suspended");
  await page.reload();
  await showUppy(page, SLOW, { restrictions: { maxNumberOfFiles: 1 } });
  await expect.poll(() => rowsOf(page)).toEqual(["film.png: Resume upload"]);
  const before = await percentageOf(page);
  await page.evaluate(() => uppyApp.add({ "second.png": 5 }));
  expect(await rowsOf(page)).toEqual(["film.png: Resume upload"]);
  expect(await percentageOf(page)).toBe(before);
  await press(page, ".uppy-Dashboard-Item-progressIndicator");
  await expectRestored(page, site);
});

test("destroying an Uppy lets go of its uploads, and the next Uppy takes them up", async ({
  browserApp,
  site,
}) => {
  const page = await startSlowly(browserApp, site);
  const before = await page.evaluate(() => {
    uppyApp.uppy.destroy();
    return uppyApp.events;
  });
  expect(before).toEqual(["start film.png"]);
  await expect
    .poll(() => page.evaluate(() => uppyApp.BackgroundSession.current("uppy")?.tasks()[0]?.state))
    .toBe("running");
  await showUppy(page, SLOW);
  await expectRestored(page, site);
});

/** Sends a page to sleep while it uploads, has another tab settle the upload, and wakes it when the task is deleted. */
async function sleepWhile(
  browser: TestBrowser,
  site: TestServer,
  settle: (owner: TestPage) => Promise<unknown>,
): Promise<TestPage> {
  // It must not end before the page sleeps.
  const options = { endpoint: "/echo?latency=5000" };
  const owner = await openUppy(browser, site.origin, options);
  const sleeper = await openUppy(browser, site.origin, options, { autoProceed: true });
  await sleeper.evaluate(() => uppyApp.add({ "a.png": 100_000 }));
  await expect.poll(() => site.requests("/echo").length).toBe(1);
  await owner.evaluate(() => {
    const task = uppyApp.BackgroundSession.current("uppy")?.tasks()[0];
    Object.assign(globalThis, { task });
  });
  await sleeper.goto(`${site.origin}/idb.js`);
  await settle(owner);
  // Its row is swept a few seconds after the acknowledgement.
  await expect
    .poll(
      () =>
        owner.evaluate(() => {
          const { task } = globalThis as unknown as { task: BackgroundTask };
          return uppyApp.BackgroundSession.current("uppy")?.contextOf(task);
        }),
      { timeout: 20_000 },
    )
    .toBeUndefined();
  await sleeper.evaluate(() => history.back()).catch(() => {});
  return sleeper;
}

/** What Uppy has emitted in a page that is waking up. */
function eventsWhenAwake(page: TestPage): Promise<readonly string[]> {
  return page.evaluate(() => globalThis.uppyApp?.events).catch(() => []);
}

test(
  "an upload that another tab has settled while a page slept is complete, and is not sent again",
  needs("page-cache"),
  async ({ engine, site }) => {
    const browser = await ENGINES[engine].launch({ hasPageCache: true });
    const sleeper = await sleepWhile(browser, site, (owner) =>
      expect.poll(() => eventsOf(owner)).toContain("complete 1 0"),
    );
    await expect
      .poll(() => eventsWhenAwake(sleeper))
      .toEqual(["start a.png", "success a.png 0 undefined", "complete 1 0"]);
    expect(await rowsOf(sleeper)).toEqual(["a.png: complete"]);
    expect(site.requests("/echo")).toHaveLength(1);
    await expectNoFaults(sleeper);
    await browser.close();
  },
);

test(
  "an upload that another tab has cancelled while a page slept is not complete but gone",
  needs("page-cache"),
  async ({ engine, site }) => {
    const browser = await ENGINES[engine].launch({ hasPageCache: true });
    const sleeper = await sleepWhile(browser, site, (owner) => press(owner, REMOVE));
    await expect.poll(() => eventsWhenAwake(sleeper)).toEqual(["start a.png", "complete 0 0"]);
    expect(await rowsOf(sleeper)).toEqual([]);
    await expectNoFaults(sleeper);
    await browser.close();
  },
);
